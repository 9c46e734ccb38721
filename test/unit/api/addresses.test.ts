import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EMAIL_ADDRESS } from '#shared/names.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { accepted, email, faultOf, get, order } from './requests.ts';

const ATEXT = Array.from("ABCXYZabcxyz0189!#$%&'*+-/=?^_`{|}~");

const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));

const labelOf = (length: number): string => 'd'.repeat(length);

/** A domain of this many characters, of labels that are as long as they may be. */
const domainOf = (length: number): string => {
  const rest = length - 4;
  const whole = Math.floor(rest / 64);
  const last = rest - whole * 64;
  return [...Array.from({ length: whole }, () => labelOf(63)), ...(last > 0 ? [labelOf(last)] : []), 'com'].join('.');
};

describe('an e-mail address', () => {
  const good = [
    'user@xn--e1aybc.xn--p1ai',
    'a&b@example.com',
    "o'hara@example.com",
    'a@b.co',
    'a@1.example.com',
    'a@a-b.example.com',
    'a@a--b.example.com',
    'A.B+c@EXAMPLE.COM',
    `${'a'.repeat(64)}@example.com`,
    `a@${labelOf(63)}.com`,
    `a@${domainOf(252)}`,
    `${'a'.repeat(64)}@${domainOf(189)}`,
    ...ATEXT.map((character) => `${character}@example.com`),
    ...ATEXT.map((character) => `a${character}b.${character}@example.com`),
  ];
  it('has every character of an atom before the @, and labels of letters, digits and inner hyphens after it', async () => {
    for (const address of good) await accepted('/orders', order({ contact: { email: address } }), address);
    for (const address of good) await accepted('/notifications', email({ to: [address] }), address);
  });

  const bad: [address: string, message: RegExp][] = [
    ['ada', /no @/],
    ['@example.com', /before the @/],
    ['ada@', /after the @/],
    ['"ada lovelace"@example.com', /quotes is not supported/],
    ['""@example.com', /quotes is not supported/],
    ['ada@[192.0.2.1]', /address literal is not supported/],
    ['ada@[IPv6:2001:db8::1]', /address literal is not supported/],
    ['ada@192.0.2.1', /ends in a number/],
    ['ada@example.123', /ends in a number/],
    ['ada@localhost', /no dot/],
    ['.ada@example.com', /dot is first, last or next to another/],
    ['ada.@example.com', /dot is first, last or next to another/],
    ['a..da@example.com', /dot is first, last or next to another/],
    ['ada@.example.com', /dot is first, last or next to another/],
    ['ada@example.com.', /dot is first, last or next to another/],
    ['ada@example..com', /dot is first, last or next to another/],
    ['ada@-example.com', /hyphen/],
    ['ada@example-.com', /hyphen/],
    ['ada@example.-com', /hyphen/],
    [`${'a'.repeat(65)}@example.com`, /65 characters\. The limit is 64/],
    [`a@${labelOf(64)}.com`, /more than 63 characters/],
    ['ada@exa_mple.com', /U\+005F at character 8/],
    ['ada@exa mple.com', /U\+0020 at character 8/],
    ['ada@example.com\r\nBcc: eve', /U\+000D at character 16/],
    [' ada@example.com', /U\+0020 at character 1/],
    ['a,b@example.com', /U\+002C at character 2/],
    ['ada@@example.com', /more than one @/],
    ['Ada <ada@example.com>', /U\+0020 at character 4/],
    ['zoë@example.com', /U\+00EB at character 3.*SMTPUTF8/],
    ['ada@example.com, eve@example.com', /more than one @/],
  ];
  it('is refused with the reason otherwise, wherever it is given', async () => {
    for (const [address, message] of bad) {
      assert.ok(!EMAIL_ADDRESS.test(address), address);
      const ordered = await faultOf('/orders', order({ contact: { email: address } }), address);
      const written = await faultOf('/notifications', email({ to: ['ada@example.com', address] }), address);
      const suppressed = await faultOf('/suppressions', { channel: 'email', address }, address);
      assert.deepEqual([ordered.path, written.path, suppressed.path], ['/contact/email', '/to/1', '/address']);
      for (const { code, message: text, next } of [ordered, written, suppressed]) {
        assert.equal(code, 'EMAIL_INVALID');
        assert.match(text, message, address);
        assert.ok(next);
      }
    }
  });

  it('is checked in every query and deletion that takes one', async () => {
    for (const address of ['zoë@example.com', 'ada@192.0.2.1', 'ada@-example.com', 'a@b@example.com']) {
      const about = { channel: 'email', address };
      const codes = async (path: string, query: Record<string, string>, method?: string) =>
        (await get(path, query, method)).faults.map(({ path: where, code }) => `${where} ${code}`);
      assert.deepEqual(await codes('/suppressions', about), ['/address EMAIL_INVALID'], address);
      assert.deepEqual(await codes('/suppressions', about, 'DELETE'), ['/address EMAIL_INVALID'], address);
      assert.deepEqual(await codes('/personal-data', about, 'DELETE'), ['/address EMAIL_INVALID'], address);
      assert.deepEqual(
        await codes('/notifications', { recipient: address }),
        ['/recipient RECIPIENT_INVALID'],
        address,
      );
    }
    const [raw] = (await get('/notifications', { recipient: 'user@пример.рф' })).faults;
    assert.match(raw?.next ?? '', /xn--e1afmkfd\.xn--p1ai/, 'a query helps as much as a body');
    assert.deepEqual(await get('/suppressions', { channel: 'email', address: 'a&b@example.com' }), {
      status: 200,
      faults: [],
    });
    const national = await get('/suppressions', { channel: 'sms', address: '0660' });
    assert.deepEqual(
      national.faults.map(({ code }) => code),
      ['PHONE_INVALID'],
    );
  });

  it('has 254 characters at most', async () => {
    const long = `${'a'.repeat(64)}@${domainOf(190)}`;
    assert.equal(long.length, 255);
    assert.equal((await faultOf('/orders', order({ contact: { email: long } }), long)).code, 'TOO_LONG');
  });

  it('in another script is refused with the form to write it in', async () => {
    const forms = {
      'user@пример.рф': 'xn--e1afmkfd.xn--p1ai',
      'user@тест.рф': 'xn--e1aybc.xn--p1ai',
      'user@bücher.example': 'xn--bcher-kva.example',
      'user@EXAMPLE。com': 'example.com',
    };
    for (const [address, form] of Object.entries(forms)) {
      const { code, next } = await faultOf('/orders', order({ contact: { email: address } }), address);
      assert.equal(code, 'EMAIL_INVALID');
      assert.match(next, /xn--/);
      assert.ok(next.endsWith(` ${form}`), next);
    }
  });

  it('has any characters of an atom in any order, and no other printable one', () =>
    checkProperty(
      'e-mail address: local part',
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...ATEXT), minLength: 1, maxLength: 8 }), {
          minLength: 1,
          maxLength: 7,
        }),
        fc.constantFrom(...PRINTABLE),
        (atoms, other) => {
          const local = atoms.join('.');
          assert.ok(EMAIL_ADDRESS.test(`${local}@example.com`), local);
          const isAtext = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]/.test(other);
          assert.equal(EMAIL_ADDRESS.test(`a${other}b@example.com`), isAtext || other === '.', other);
        },
      ),
    ));

  it('has any labels of the standard after the @', () => {
    const inner = fc.string({ unit: fc.constantFrom(...'abcXYZ019-'), minLength: 1, maxLength: 70 });
    return checkProperty(
      'e-mail address: domain',
      fc.property(fc.array(inner, { minLength: 1, maxLength: 5 }), (labels) => {
        const fits = labels.every((label) => label.length <= 63 && !label.startsWith('-') && !label.endsWith('-'));
        assert.equal(EMAIL_ADDRESS.test(`a@${labels.join('.')}.com`), fits);
      }),
    );
  });
});
