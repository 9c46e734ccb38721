import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listOne } from '#test/support/iso-4217.ts';
import { createWorld } from '#test/support/world/world.ts';
import { accepted, email, faultOf, get, order, post } from './requests.ts';

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

  const TIMED = ['/notifications', '/notifications/statistics', '/orders'];
  it('is checked before it reaches a key, in every query that takes one', async () => {
    for (const path of TIMED) {
      for (const name of ['from', 'to']) {
        for (const [given, code] of bad.filter(([text]) => !text.includes('+'))) {
          const { status, faults } = await get(path, { [name]: given });
          assert.deepEqual([status, faults.map((fault) => fault.code)], [400, [code]], `${path} ${name}=${given}`);
        }
      }
    }
    const edges = { from: '9999-12-31T22:00:00Z', to: '9999-12-31T23:59:59.999Z' };
    for (const path of TIMED) assert.equal((await get(path, edges)).status, 200);
    assert.equal(
      (await get('/notifications', { from: '0001-01-01t00:00:00z', to: '0001-01-01T00:00:60Z' })).status,
      200,
    );
  });
});
