import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recipientKey } from '#shared/recipient/recipient-key.ts';

describe('the key of a recipient', () => {
  const keyOf = recipientKey('secret');

  it('is the same however an e-mail address is written', () => {
    const key = keyOf('acme', 'email', 'ada@example.com');
    assert.match(key, /^[A-Za-z0-9_-]{22}$/);
    for (const written of ['Ada@Example.COM', ' ada@example.com ']) assert.equal(keyOf('acme', 'email', written), key);
  });

  it('is another one for another address, tenant, channel or secret', () => {
    const keys = [
      keyOf('acme', 'email', 'ada@example.com'),
      keyOf('acme', 'email', 'ada+shop@example.com'),
      keyOf('globex', 'email', 'ada@example.com'),
      keyOf('acme', 'sms', '+4366012345678'),
      keyOf('acme', 'email', '+4366012345678'),
      recipientKey('another')('acme', 'email', 'ada@example.com'),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it('stays what it was: suppressions are kept under it', () => {
    assert.equal(keyOf('acme', 'email', 'ada@example.com'), 'iMukC2nU8p4eOqENbFoNXM');
  });
});
