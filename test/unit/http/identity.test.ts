import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '#shared/http/fingerprint.ts';
import { ORDER_ID, orderIdFor } from '#shared/order/order-id.ts';
import { checkProperty } from '#test/support/random-runs.ts';

describe('the fingerprint of a body', () => {
  it('is the keyed hash of its canonical JSON', () => {
    const expected = createHmac('sha256', 'key').update('{"a":[1,{"c":null,"d":"é"}],"b":1e+30}').digest('base64url');
    assert.equal(fingerprintOf(JSON.parse('{ "b": 1E30, "a": [1.0, {"d":"\\u00e9","c":null}] }'), 'key'), expected);
  });

  it('differs for another value, another order of entries and another key', () => {
    const prints = [[1, 2], [2, 1], [1, '2'], [1]].map((value) => fingerprintOf(value, 'key'));
    assert.equal(new Set([...prints, fingerprintOf([1, 2], 'other')]).size, 5);
  });

  it('is the same for the same JSON, however its fields are ordered', () =>
    checkProperty(
      'fingerprint: order of fields',
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(fingerprintOf(reversed, 'key'), fingerprintOf(value, 'key'));
      }),
    ));
});

describe('the id of an order', () => {
  /** As a client would compute it from the description: base32 by arithmetic instead of by bits. */
  const computed = (tenant: string, key: string): string => {
    const hash = createHash('sha256').update(`counterfoil-order\n${tenant}\n${key}`).digest('hex');
    let number = BigInt(`0x${hash}`) << 4n;
    let text = '';
    for (let index = 0; index < 52; index += 1, number >>= 5n)
      text = 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number(number & 31n)) + text;
    return text.slice(0, 26);
  };

  it('never changes for a tenant and key: clients compute it', () => {
    assert.equal(orderIdFor('acme', 'key-1'), computed('acme', 'key-1'));
    assert.equal(orderIdFor('acme', 'key-1'), 'nhk4zxsbhx7iozsvb4wuabz6fk');
  });

  it('is as it is described, for any tenant and key', () =>
    checkProperty(
      'order id',
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
        fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
        (tenant, key) => {
          const id = orderIdFor(tenant, key);
          assert.match(id, ORDER_ID);
          assert.equal(id, computed(tenant, key));
        },
      ),
    ));
});
