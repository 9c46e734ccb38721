import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ORDER_BODY_BYTES } from '#shared/order/requests.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';
import { adding, headers, mug, order, placing } from './orders.ts';

describe('input that nothing may come of', () => {
  const refused = async (event: ReturnType<typeof placing>) => {
    const { commands, calls, store } = createWorld();
    const response = await commands(event);
    assert.deepEqual(calls, [], 'the executor was asked');
    assert.equal(store.states.size + store.outbox.size, 0);
    assert.equal(response.headers['content-type'], 'application/problem+json');
    assert.ok(response.headers['x-correlation-id']);
    const problem = bodyOf<{
      status: number;
      code: string;
      detail: string;
      next: string;
      errors?: { path: string; code: string; message: string; next: string }[];
    }>(response);
    assert.equal(problem.status, response.statusCode);
    assert.ok(problem.detail && problem.next);
    for (const { message, next } of problem.errors ?? []) assert.ok(message && next);
    return {
      status: response.statusCode,
      code: problem.code,
      errors: problem.errors?.map(({ path, code }) => `${path} ${code}`),
    };
  };
  const body = (value: unknown) => placing({ body: JSON.stringify(value) });

  const requests: [title: string, status: number, code: string, event: ReturnType<typeof placing>][] = [
    [
      'no Idempotency-Key',
      400,
      'IDEMPOTENCY_KEY_REQUIRED',
      placing({ headers: { ...headers, 'idempotency-key': undefined } }),
    ],
    ['an empty key', 400, 'IDEMPOTENCY_KEY_REQUIRED', placing({ headers: { ...headers, 'idempotency-key': ' ' } })],
    [
      'a long key',
      400,
      'IDEMPOTENCY_KEY_INVALID',
      placing({ headers: { ...headers, 'idempotency-key': 'k'.repeat(129) } }),
    ],
    [
      'a key beyond ASCII',
      400,
      'IDEMPOTENCY_KEY_INVALID',
      placing({ headers: { ...headers, 'idempotency-key': 'schlüssel' } }),
    ],
    [
      'a key that was sent twice',
      400,
      'IDEMPOTENCY_KEY_INVALID',
      placing({ headers: { ...headers, 'idempotency-key': 'key-1,key-1' } }),
    ],
    [
      'another charset',
      400,
      'BODY_NOT_UTF8',
      placing({ headers: { ...headers, 'content-type': 'application/json; charset=iso-8859-1' } }),
    ],
    [
      'a key with one quote',
      400,
      'IDEMPOTENCY_KEY_INVALID',
      placing({ headers: { ...headers, 'idempotency-key': '"key' } }),
    ],
    ['a token without tenant', 403, 'TENANT_INVALID', placing({ tenant: undefined })],
    ['a tenant with a separator', 403, 'TENANT_INVALID', placing({ tenant: 'acme#order' })],
    ['a tenant that is no text', 403, 'TENANT_INVALID', placing({ tenant: ['acme'] })],
    [
      'no content type',
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      placing({ headers: { ...headers, 'content-type': undefined } }),
    ],
    [
      'another content type',
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      placing({ headers: { ...headers, 'content-type': 'text/plain' } }),
    ],
    ['no body', 400, 'BODY_EMPTY', placing({ body: undefined })],
    ['an empty body', 400, 'BODY_EMPTY', placing({ body: '' })],
    ['white space', 400, 'BODY_EMPTY', placing({ body: ' \n' })],
    ['broken JSON', 400, 'JSON_INVALID', placing({ body: '{"contact":' })],
    [
      'bytes that are no UTF-8',
      400,
      'BODY_NOT_UTF8',
      placing({ body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'), isBase64Encoded: true }),
    ],
    ['too many bytes', 413, 'BODY_TOO_LARGE', placing({ body: `{"x":"${'é'.repeat(ORDER_BODY_BYTES / 2)}"}` })],
    [
      'too many bytes in base64',
      413,
      'BODY_TOO_LARGE',
      placing({ body: Buffer.alloc(ORDER_BODY_BYTES + 1, ' ').toString('base64'), isBase64Encoded: true }),
    ],
    ['an unknown route', 404, 'ROUTE_NOT_FOUND', httpEvent({ routeKey: 'DELETE /orders', tenant: 'acme' })],
    ['a route named like a property', 404, 'ROUTE_NOT_FOUND', httpEvent({ routeKey: 'constructor', tenant: 'acme' })],
  ];
  for (const [title, status, code, event] of requests) {
    it(`${title}: ${status} ${code}`, async () =>
      assert.deepEqual(await refused(event), { status, code, errors: undefined }));
  }

  it('a body just within the limit is read', async () => {
    const { commands } = createWorld();
    const text = JSON.stringify(order);
    assert.equal(
      (await commands(placing({ body: text + ' '.repeat(ORDER_BODY_BYTES - text.length) }))).statusCode,
      201,
    );
  });

  const line = (change: object) => ({ ...order, lines: [{ ...mug, ...change }] });
  const contact = (change: object) => ({ ...order, contact: { ...order.contact, ...change } });
  const faults: [title: string, value: unknown, ...errors: string[]][] = [
    ['no object', [], ' WRONG_TYPE'],
    ['null', null, ' WRONG_TYPE'],
    ['nothing given', {}, '/contact REQUIRED', '/currency REQUIRED', '/lines REQUIRED'],
    ['an unknown field', { ...order, total: 1 }, '/total UNKNOWN_FIELD'],
    ['several of them', { ...order, a: 1, toString: 1 }, '/a UNKNOWN_FIELD', '/toString UNKNOWN_FIELD'],
    ['unknown fields within', contact({ 'a/b~': 1 }), '/contact/a~1b~0 UNKNOWN_FIELD'],
    ['a bad e-mail address', contact({ email: 'ada@example' }), '/contact/email EMAIL_INVALID'],
    ['two addresses', contact({ email: 'a@example.com, b@example.com' }), '/contact/email EMAIL_INVALID'],
    [
      'an address with a header',
      contact({ email: 'a@example.com\r\nBcc: b@example.com' }),
      '/contact/email EMAIL_INVALID',
    ],
    ['a long local part', contact({ email: `${'a'.repeat(65)}@example.com` }), '/contact/email EMAIL_INVALID'],
    ['a national phone number', contact({ phone: '066012345678' }), '/contact/phone PHONE_INVALID'],
    ['a phone number with spaces', contact({ phone: '+43 660 12345678' }), '/contact/phone PHONE_INVALID'],
    ['no way to reach the contact', { ...order, contact: { name: 'Ada' } }, '/contact CONTACT_UNREACHABLE'],
    ['null is no address', { ...order, contact: { name: 'Ada', email: null } }, '/contact/email WRONG_TYPE'],
    ['a control character in a name', contact({ name: 'Ada\u0000' }), '/contact/name UNPRINTABLE_CHARACTERS'],
    ['a line break in a name', contact({ name: 'Ada\nBcc' }), '/contact/name UNPRINTABLE_CHARACTERS'],
    ['a direction mark in a name', contact({ name: 'Ada\u202E' }), '/contact/name UNPRINTABLE_CHARACTERS'],
    ['half a surrogate pair in a name', contact({ name: 'Ada\uD83D' }), '/contact/name UNPRINTABLE_CHARACTERS'],
    ['a blank name', contact({ name: ' \u200B' }), '/contact/name BLANK'],
    ['an empty name', contact({ name: '' }), '/contact/name BLANK'],
    ['a long name', contact({ name: 'a'.repeat(101) }), '/contact/name TOO_LONG'],
    ['a long name of pairs', contact({ name: '😀'.repeat(101) }), '/contact/name TOO_LONG'],
    ['a bad locale', contact({ locale: 'en_US!' }), '/contact/locale LOCALE_INVALID'],
    ['the name of a language', contact({ locale: 'deutsch' }), '/contact/locale LOCALE_INVALID'],
    ['a bad customer id', { ...order, customerId: 'a#b' }, '/customerId ID_INVALID'],
    ['an unknown currency', { ...order, currency: 'EUX' }, '/currency CURRENCY_UNKNOWN'],
    ['a currency in small letters', { ...order, currency: 'eur' }, '/currency CURRENCY_UNKNOWN'],
    ['no quantity', line({ quantity: 0 }), '/lines/0/quantity TOO_SMALL'],
    ['a negative quantity', line({ quantity: -1 }), '/lines/0/quantity TOO_SMALL'],
    ['a fractional quantity', line({ quantity: 1.5 }), '/lines/0/quantity NOT_WHOLE'],
    ['a quantity as text', line({ quantity: '1' }), '/lines/0/quantity WRONG_TYPE'],
    ['an absurd quantity', line({ quantity: 1_000_001 }), '/lines/0/quantity TOO_LARGE'],
    ['a fractional price', line({ unitPrice: 12.5 }), '/lines/0/unitPrice NOT_WHOLE'],
    ['a negative price', line({ unitPrice: -1 }), '/lines/0/unitPrice TOO_SMALL'],
    [
      'an unsafe price',
      line({ quantity: 1, unitPrice: 2 ** 53 }),
      '/lines TOTAL_TOO_LARGE',
      '/lines/0/unitPrice TOO_LARGE',
    ],
    ['an unsafe total', line({ quantity: 2, unitPrice: 2 ** 53 - 1 }), '/lines TOTAL_TOO_LARGE'],
    ['a control character in a sku', line({ sku: 'MUG\u0007' }), '/lines/0/sku SKU_INVALID'],
    [
      'a control character in a description',
      line({ description: 'Mug\u0007' }),
      '/lines/0/description UNPRINTABLE_CHARACTERS',
    ],
    ['too many lines', { ...order, lines: Array.from({ length: 201 }, () => mug) }, '/lines TOO_MANY'],
    ['too many of none', { ...order, lines: Array.from({ length: 201 }) }, '/lines TOO_MANY'],
    ['a list as contact', { ...order, contact: [] }, '/contact WRONG_TYPE'],
    ['a line that is none', { ...order, lines: [mug, null] }, '/lines/1 WRONG_TYPE'],
    [
      'everything at once',
      {
        contact: { name: '\u0001', email: 'x', phone: '1', locale: '!', fax: 1 },
        currency: '',
        lines: [{ sku: '', quantity: 0, unitPrice: 0.5 }],
        now: 1,
      },
      '/contact/email EMAIL_INVALID',
      '/contact/fax UNKNOWN_FIELD',
      '/contact/locale LOCALE_INVALID',
      '/contact/name UNPRINTABLE_CHARACTERS',
      '/contact/phone PHONE_INVALID',
      '/currency CURRENCY_UNKNOWN',
      '/lines/0/description REQUIRED',
      '/lines/0/quantity TOO_SMALL',
      '/lines/0/sku SKU_INVALID',
      '/lines/0/unitPrice NOT_WHOLE',
      '/now UNKNOWN_FIELD',
    ],
    [
      'no reach beside other faults',
      { contact: { name: 3 }, currency: 'EUR', lines: 1 },
      '/contact CONTACT_UNREACHABLE',
      '/contact/name WRONG_TYPE',
      '/lines WRONG_TYPE',
    ],
  ];
  for (const [title, value, ...errors] of faults) {
    it(`${title}: ${errors.join(', ')}`, async () => {
      const { errors: reported, ...problem } = await refused(body(value));
      assert.deepEqual({ ...problem, errors: reported?.sort() }, { status: 400, code: 'VALIDATION_FAILED', errors });
    });
  }

  it('the same holds for an item', async () => {
    const event = adding({ body: JSON.stringify({ sku: 'MUG', quantity: 0, unitPrice: 1, price: 2 }) });
    const { status, errors } = await refused(event);
    assert.deepEqual(
      [status, errors?.sort()],
      [400, ['/description REQUIRED', '/price UNKNOWN_FIELD', '/quantity TOO_SMALL']],
    );
  });

  it('__proto__ is an unknown field without effect', async () => {
    const { errors } = await refused(
      placing({ body: `{"__proto__":{"polluted":true},${JSON.stringify(order).slice(1)}` }),
    );
    assert.deepEqual(errors, ['/__proto__ UNKNOWN_FIELD']);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('a number beyond all numbers is none', async () => {
    const text = JSON.stringify(order).replace('"unitPrice":1250', '"unitPrice":1e400');
    assert.deepEqual((await refused(placing({ body: text }))).errors, ['/lines/0/unitPrice WRONG_TYPE']);
  });

  it('characters are counted, not what they are made of; an apostrophe belongs to addresses; 1.0 is 1', async () => {
    const { commands } = createWorld();
    const named = contact({ name: '😀'.repeat(100), email: "o'hara@example.com" });
    const text = JSON.stringify(named).replace('"quantity":2', '"quantity":1.0');
    assert.equal(bodyOf(await commands(placing({ body: text }))).total, 1250);
  });

  it('a field that is given twice is a fault, wherever it is, together with all others', async () => {
    const text = JSON.stringify(order)
      .replace('"currency":"EUR"', '"currency":"EUX","curren\\u0063y":"EUX"')
      .replace('"quantity":2', '"quantity":2,"quantity":3');
    const { errors } = await refused(placing({ body: text }));
    assert.deepEqual(errors, [
      '/currency FIELD_REPEATED',
      '/lines/0/quantity FIELD_REPEATED',
      '/currency CURRENCY_UNKNOWN',
    ]);
  });

  it('an answer does not grow with the nonsense that was sent', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`f${index}`, 1]));
    const { errors } = await refused(body({ ...order, ...many }));
    assert.equal(errors?.length, 100);
  });
});
