import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { createWorld } from '#test/support/world/world.ts';
import { accepted, email, faultOf, order, post, sms } from './requests.ts';

const UNPRINTABLE = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0xd83d, 0xdc00],
];

const named = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

describe('a character that a text must not have', () => {
  it('is named with its code point and position, in every text of one line', async () => {
    for (const code of UNPRINTABLE) {
      // Two characters before it. One of them is a pair of surrogates.
      const text = `a😀${String.fromCharCode(code)}b`;
      const faults = [
        await faultOf('/orders', order({ contact: { name: text } }), named(code)),
        await faultOf('/orders', order({ line: { description: text } }), named(code)),
        await faultOf('/notifications', email({ subject: text }), named(code)),
      ];
      for (const fault of faults) {
        assert.equal(fault.code, 'UNPRINTABLE_CHARACTERS');
        assert.ok(fault.message.includes(`${named(code)} at character 3`), fault.message);
      }
    }
  });

  it('is named in texts of several lines, to which tabs and line breaks belong', async () => {
    for (const code of UNPRINTABLE) {
      const text = `one\ntwo ${String.fromCharCode(code)}.`;
      const isFine = [0x09, 0x0a, 0x0d].includes(code) || (code >= 0x2028 && code <= 0x202e);
      for (const body of [email({ text }), email({ html: text }), sms(text)]) {
        if (isFine) await accepted('/notifications', body, named(code));
        else {
          const fault = await faultOf('/notifications', body, named(code));
          assert.equal(fault.code, 'UNPRINTABLE_CHARACTERS');
          assert.ok(fault.message.includes(`${named(code)} at character 9`), fault.message);
        }
      }
    }
  });

  it('is named in codes and ids, too', async () => {
    const cases: [body: object, where: string][] = [
      [order({ line: { sku: 'MUG 01' } }), 'U+0020 at character 4'],
      [order({ line: { sku: 'MUG\u000701' } }), 'U+0007 at character 4'],
      [order({ contact: { phone: '+43 660' } }), 'U+0020 at character 4'],
      [{ ...order(), customerId: 'a#b' }, 'U+0023 at character 2'],
    ];
    for (const [body, where] of cases) {
      const { message } = await faultOf('/orders', body, where);
      assert.ok(message.includes(where), message);
    }
    const file = { name: 'a/b.pdf', contentType: 'application/pdf', size: 1, sha256: 'a'.repeat(64) };
    assert.match((await faultOf('/attachments', file, 'a path')).message, /U\+002F at character 2/);
  });

  it('is U+FFFD, however it came in: a letter was lost before', async () => {
    const text = 'Zo\uFFFD';
    const bodies: [path: string, body: object, where: string][] = [
      ['/orders', order({ contact: { name: text } }), '/contact/name'],
      ['/orders', order({ line: { description: text } }), '/lines/0/description'],
      ['/notifications', email({ subject: text }), '/subject'],
      ['/notifications', email({ text }), '/text'],
      ['/notifications', email({ html: text }), '/html'],
      ['/notifications', sms(text), '/text'],
    ];
    for (const [path, body, where] of bodies) {
      const fault = await faultOf(path, body, where);
      assert.deepEqual([fault.path, fault.code], [where, 'CHARACTER_LOST']);
      assert.match(fault.message, /U\+FFFD at character 3/);
      assert.match(fault.next, /UTF-8/);
    }
    assert.match((await faultOf('/orders', order({ line: { sku: text } }), 'sku')).message, /U\+FFFD at character 3/);
    const address = order({ contact: { email: `${text}@example.com` } });
    assert.match((await faultOf('/orders', address, 'email')).message, /U\+FFFD at character 3/);
  });

  it('is no isolate, even one that a cut text left open, nor a mark, a joiner or an emoji', async () => {
    for (const text of [
      '\u2068Ada\u2069',
      '\u2067עדה\u2069 Lovelace',
      '\u2066a \u2067ב\u2069 c\u2069',
      'Ada \u2067עדה',
      'Ada\u2066 b',
      'a\u2068',
      'Ada\u2069',
      'עדה\u200F',
      'نیما\u200Cزاده',
      '👩‍👩‍👧',
      'Zoë',
    ]) {
      await accepted('/orders', order({ contact: { name: text }, line: { description: text } }), text);
      await accepted('/notifications', email({ subject: text }), text);
    }
  });
});

describe('a text that was typed with combining marks', () => {
  it('is counted and sent composed as a text message', async () => {
    const api = createWorld();
    const { status, answer } = await post('/notifications', sms('e\u0301'.repeat(335)), api);
    assert.equal(status, 202);
    const key = notificationKey('acme', answer.notificationId as string) ?? assert.fail();
    const found = await api.store.readWithContent(key);
    assert.deepEqual((found?.content as { message: unknown } | undefined)?.message, {
      channel: 'sms',
      body: 'é'.repeat(335),
      segments: 3,
    });
  });

  it('is counted composed in a name, and an e-mail stays as it was written', async () => {
    await accepted('/orders', order({ contact: { name: 'e\u0301'.repeat(100) } }), 'name');
    assert.equal(
      (await faultOf('/orders', order({ contact: { name: 'e\u0301'.repeat(101) } }), 'name')).code,
      'TOO_LONG',
    );
    const api = createWorld();
    const { answer } = await post('/notifications', email({ text: 'e\u0301', subject: 'e\u0301'.repeat(255) }), api);
    const key = notificationKey('acme', answer.notificationId as string) ?? assert.fail();
    const { content } = (await api.store.readWithContent(key)) ?? assert.fail();
    assert.equal((content as { message: { text: string } }).message.text, 'e\u0301');
  });
});
