import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Fault } from '#shared/messaging/failure.ts';
import { EMAIL_ADDRESS } from '#shared/names.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { listOne } from '#test/support/iso-4217.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { createWorld } from '#test/support/world/world.ts';

let sent = 0;

/** A command with these contents; what is wrong with it, if it is refused. */
async function post(path: string, body: unknown, api = createWorld()) {
  sent += 1;
  const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${sent}` };
  const event = httpEvent({ routeKey: `POST ${path}`, tenant: 'acme', headers, body: JSON.stringify(body) });
  const response = await api.commands(event);
  const answer = bodyOf<{ errors?: Fault[] } & Record<string, unknown>>(response);
  return { status: response.statusCode, faults: answer.errors ?? [], answer };
}

async function get(path: string, query: Record<string, string>, method = 'GET') {
  const { queries, commands } = createWorld();
  const event = { ...httpEvent({ routeKey: `${method} ${path}`, tenant: 'acme' }), queryStringParameters: query };
  const response = await (method === 'GET' ? queries : commands)(event);
  return { status: response.statusCode, faults: bodyOf<{ errors?: Fault[] }>(response).errors ?? [] };
}

const order = (change: { contact?: object; line?: object; currency?: string } = {}) => ({
  contact: { name: 'Ada', email: 'ada@example.com', ...change.contact },
  currency: change.currency ?? 'EUR',
  lines: [{ sku: 'MUG-01', description: 'Mug', quantity: 1, unitPrice: 1, ...change.line }],
});
const email = (change: object = {}) => ({
  channel: 'email',
  to: ['ada@example.com'],
  subject: 'Hello',
  text: 'Hello.',
  ...change,
});
const sms = (text: string) => ({ channel: 'sms', to: ['+4366012345678'], text });

const accepted = async (path: string, body: unknown, title: string): Promise<void> => {
  const { status, faults } = await post(path, body);
  assert.deepEqual([status < 300, faults], [true, []], title);
};
/** The only fault of a command that is refused. */
const faultOf = async (path: string, body: unknown, title: string): Promise<Fault> => {
  const { status, faults } = await post(path, body);
  assert.deepEqual([status, faults.length], [400, 1], `${title}: ${JSON.stringify(faults)}`);
  return faults[0] as Fault;
};

describe('the currency of an order', () => {
  it('is every code of list one that has a minor unit, and no other', async () => {
    for (const { code, minorUnits } of listOne) {
      const { status, faults } = await post('/orders', order({ currency: code }));
      const expected = minorUnits === undefined ? [400, ['CURRENCY_UNKNOWN']] : [201, []];
      assert.deepEqual([status, faults.map((fault) => fault.code)], expected, code);
    }
    for (const code of ['DEM', 'BGN', 'HRK', 'ZWL', 'XAU', 'XTS', 'XXX', 'ABC', 'eur'])
      assert.equal((await faultOf('/orders', order({ currency: code }), code)).code, 'CURRENCY_UNKNOWN');
  });
});

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
      for (const { code, message: told, next } of [ordered, written, suppressed]) {
        assert.equal(code, 'EMAIL_INVALID');
        assert.match(told, message, address);
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

const UNPRINTABLE = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0xd83d, 0xdc00],
];
const named = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

describe('a character that a text must not have', () => {
  it('is named with its code point and position, in every text of one line', async () => {
    for (const code of UNPRINTABLE) {
      // Two characters before it, of which one is a pair of surrogates.
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

describe('a web address in an order form', () => {
  const everywhere = [
    'WIN 1000€ http://evil.example/x now',
    'https://evil.example',
    'HTTP://EVIL.EXAMPLE',
    'hxxp://evil.example',
    'hxxps:evil.example',
    'ftp://evil.example',
    'customapp://open',
    'http:\\\\evil.example',
    'http:evil.example',
    'mailto:eve@evil.example',
    'www.evil.example',
    'see WWW.evil.example',
    'www2.evil.example',
    'ｗｗｗ．ｅｖｉｌ．ｅｘａｍｐｌｅ',
    'ｈｔｔｐ：／／evil.example',
    'www。evil。example',
    'w\u200Bww.evil.example',
    'ht\u00ADtp://evil.example',
    'h\u2060ttps\u200D://evil.example',
    '𝐡𝐭𝐭𝐩://evil.example',
  ];
  const inNames = [
    'evil.example/x',
    'bit.ly/win',
    'Ada, see evil.example/x!',
    'evil.example:8080',
    'EVIL.EXAMPLE/X',
    'ｅvil．example／x',
    'ev\u200Bil.example/x',
    'пример.рф/x',
    'a-b.xn--p1ai/x',
  ];
  const fine = [
    'Dr. A.Smith',
    'Dr.Smith',
    'St.Pölten GmbH',
    'Node.js book',
    'Booking.com B.V.',
    'A/S Example',
    'Smith/Jones',
    'Smith, J. / Jones, K.',
    'Mr. & Mrs. Smith: deliver at 10:30',
    'c/o Ada',
    'wwwhat?',
    'M&M’s 1/2',
    'Anna-Lena.Huber',
    'ada@example.com',
    'USB 3.0/2.0 hub',
    '1.000,00/Stück',
    'https',
  ];
  it('is refused with its place in a name, and in a description', async () => {
    for (const text of everywhere) {
      for (const body of [order({ contact: { name: text } }), order({ line: { description: text } })]) {
        const fault = await faultOf('/orders', body, text);
        assert.equal(fault.code, 'WEB_ADDRESS', text);
        assert.match(fault.message, /U\+[0-9A-F]{4,6} at character \d+\.$/, text);
      }
    }
    const place = (await faultOf('/orders', order({ contact: { name: everywhere[0] } }), 'place')).message;
    assert.match(place, /U\+0068 at character 11\./);
  });

  it('is a domain with a path or a port, too, in a name', async () => {
    for (const text of inNames) {
      assert.equal((await faultOf('/orders', order({ contact: { name: text } }), text)).code, 'WEB_ADDRESS');
    }
    for (const text of ['Node.js/Express course', 'ASP.NET/C# in a week'])
      await accepted('/orders', order({ line: { description: text } }), text);
  });

  it('is none of what people and things are called', async () => {
    for (const text of fine)
      await accepted('/orders', order({ contact: { name: text }, line: { description: text } }), text);
  });

  it('is looked for in texts of any length', async () => {
    for (const text of [`${'a'.repeat(60_000)}é`, `${'a.'.repeat(30_000)}é`, `${'é-'.repeat(20_000)}.`]) {
      assert.equal((await faultOf('/orders', order({ contact: { name: text } }), 'length')).code, 'TOO_LONG');
      assert.equal((await faultOf('/orders', order({ line: { description: text } }), 'length')).code, 'TOO_LONG');
    }
  });

  it('is refused as an article code, and in an item that is added', async () => {
    for (const sku of ['http://evil.example', 'WWW.EVIL.EXAMPLE', 'a+ssh://x']) {
      assert.equal((await faultOf('/orders', order({ line: { sku } }), sku)).code, 'WEB_ADDRESS');
      const item = { ...order().lines[0], sku };
      assert.equal((await faultOf('/orders/{orderId}/items', item, sku)).code, 'WEB_ADDRESS');
    }
    for (const sku of ['AB.CD/12', 'urn:isbn:3', 'A/B#C', 'x.y:1'])
      await accepted('/orders', order({ line: { sku } }), sku);
  });

  it('stays possible in the words of a tenant', () =>
    accepted('/notifications', email({ subject: 'www.shop.example', text: 'https://shop.example/x' }), 'message'));
});

describe('a timestamp', () => {
  const read = async (sendAt: string) => {
    const api = createWorld();
    const { status, faults, answer } = await post('/notifications', email({ sendAt }), api);
    return { status, faults, sendAt: answer.sendAt };
  };

  it('is every date-time of RFC 3339', async () => {
    const good: [given: string, read: string][] = [
      ['2026-01-01t00:00:00z', '2026-01-01T00:00:00.000Z'],
      ['2026-01-01T00:00:00z', '2026-01-01T00:00:00.000Z'],
      ['2026-01-01t00:00:00.5+02:00', '2025-12-31T22:00:00.500Z'],
      ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000Z'],
      ['2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00.000Z'],
      ['2026-01-01T00:00:00+23:59', '2025-12-31T00:01:00.000Z'],
      ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100Z'],
      ['2026-01-01T00:00:00.123999999999999999999Z', '2026-01-01T00:00:00.123Z'],
      ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
      ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
      ['2026-01-01T00:00:60.25Z', '2026-01-01T00:01:00.250Z'],
      ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
      ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
      ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
    ];
    for (const [given, expected] of good)
      assert.deepEqual(await read(given), { status: 202, faults: [], sendAt: expected }, given);
  });

  const bad: [given: string, code: string, message: RegExp][] = [
    ['2026-01-01 00:00:00Z', 'TIMESTAMP_INVALID', /space.*write T/],
    ['2026-01-01T00:00:00', 'TIMESTAMP_INVALID', /no offset/],
    ['2026-01-01T00:00', 'TIMESTAMP_INVALID', /no offset/],
    ['2026-01-01', 'TIMESTAMP_INVALID', /date without a time/],
    ['2026-01-01T00:00Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['2026-02-29T00:00:00Z', 'TIMESTAMP_INVALID', /calendar has no such day/],
    ['2026-04-31T00:00:00Z', 'TIMESTAMP_INVALID', /calendar has no such day/],
    ['2026-01-01T24:00:00Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['2026-01-01T00:00:61Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['2026-01-01T00:00:00+24:00', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['2026-01-01T00:00:00,5Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['20260101T000000Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['+010000-01-01T00:00:00Z', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['tomorrow', 'TIMESTAMP_INVALID', /^Not an RFC 3339 timestamp with an offset\.$/],
    ['9999-12-31T23:59:59-05:00', 'TIMESTAMP_OUT_OF_RANGE', /years 0001 to 9999/],
    ['9999-12-31T23:59:60Z', 'TIMESTAMP_OUT_OF_RANGE', /years 0001 to 9999/],
    ['0001-01-01T00:00:00+00:01', 'TIMESTAMP_OUT_OF_RANGE', /years 0001 to 9999/],
    ['0000-12-31T23:59:59Z', 'TIMESTAMP_OUT_OF_RANGE', /years 0001 to 9999/],
  ];
  it('is refused with the reason otherwise', async () => {
    for (const [given, code, message] of bad) {
      const { status, faults } = await read(given);
      assert.deepEqual([status, faults.map((fault) => fault.code)], [400, [code]], given);
      assert.match(faults[0]?.message ?? '', message, given);
    }
  });

  it('is checked before it reaches a key, in every query that takes one', async () => {
    for (const path of ['/notifications', '/notifications/statistics']) {
      for (const name of ['from', 'to']) {
        for (const [given, code] of bad.filter(([text]) => !text.includes('+'))) {
          const { status, faults } = await get(path, { [name]: given });
          assert.deepEqual([status, faults.map((fault) => fault.code)], [400, [code]], `${path} ${name}=${given}`);
        }
      }
    }
    const edges = { from: '9999-12-31T22:00:00Z', to: '9999-12-31T23:59:59.999Z' };
    for (const path of ['/notifications', '/notifications/statistics'])
      assert.equal((await get(path, edges)).status, 200);
    assert.equal(
      (await get('/notifications', { from: '0001-01-01t00:00:00z', to: '0001-01-01T00:00:60Z' })).status,
      200,
    );
  });
});
