import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpResponse } from '#shared/http/event.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { ORDER_BODY_BYTES } from '#shared/order/requests.ts';
import { bodyOf, httpEvent, type Request } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const mug = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };
const order = {
  contact: { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' },
  currency: 'EUR',
  lines: [mug],
};
const orderId = orderIdFor('acme', 'key-1');
const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };

const placing = (overrides: Partial<Request> = {}) =>
  httpEvent({ routeKey: 'POST /orders', tenant: 'acme', headers, body: JSON.stringify(order), ...overrides });
const adding = (overrides: Partial<Request> & { id?: string } = {}) => {
  const id = overrides.id ?? orderId;
  return httpEvent({
    routeKey: 'POST /orders/{orderId}/items',
    path: `/orders/${id}/items`,
    pathParameters: { orderId: id },
    tenant: 'acme',
    headers,
    body: JSON.stringify(mug),
    ...overrides,
  });
};
const withoutCorrelation = ({ headers: { 'x-correlation-id': _, ...others }, ...response }: HttpResponse) => ({
  ...response,
  headers: others,
});

describe('POST /orders', () => {
  it('places the order with one write and no read', async () => {
    const { commands, calls, store } = createWorld();
    const response = await commands(placing());
    assert.deepEqual(
      { ...response, body: bodyOf(response) },
      {
        statusCode: 201,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          location: `/orders/${orderId}`,
          'x-correlation-id': 'nonce-1',
        },
        body: {
          orderId,
          status: 'placed',
          version: 1,
          currency: 'EUR',
          total: 2500,
          lines: [mug],
          notifications: [
            { notificationId: `order_${orderId}_1-1`, channel: 'email', status: 'PENDING' },
            { notificationId: `order_${orderId}_1-2`, channel: 'sms', status: 'PENDING' },
          ],
        },
      },
    );
    assert.deepEqual(calls, ['commit']);
    assert.equal(store.states.size, 3);
  });

  it('answers a repetition to the byte, and says that it is one', async () => {
    const { commands, store } = createWorld();
    const first = await commands(placing());
    const again = await commands(
      placing({ body: JSON.stringify({ lines: order.lines, currency: 'EUR', contact: order.contact }) }),
    );
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(first.headers['idempotency-replayed'], undefined);
    const { 'idempotency-replayed': _, ...others } = again.headers;
    assert.deepEqual(withoutCorrelation({ ...again, headers: others }), withoutCorrelation(first));
    assert.equal(store.outbox.size, 1);
  });

  it('refuses the same key with another body, and changes nothing', async () => {
    const { commands, store } = createWorld();
    await commands(placing());
    const before = structuredClone([...store.states]);
    const response = await commands(placing({ body: JSON.stringify({ ...order, currency: 'USD' }) }));
    assert.equal(response.statusCode, 422);
    assert.equal(bodyOf(response).code, 'IDEMPOTENCY_CONFLICT');
    assert.deepEqual([...store.states], before);
  });

  it('keeps tenants apart that use the same key', async () => {
    const { commands, store } = createWorld();
    const one = bodyOf(await commands(placing()));
    const other = bodyOf(await commands(placing({ tenant: 'globex' })));
    assert.notEqual(one.orderId, other.orderId);
    assert.equal(store.outbox.size, 2);
  });

  it('takes a key with quotes for the same key', async () => {
    const { commands } = createWorld();
    await commands(placing());
    const response = await commands(placing({ headers: { ...headers, 'idempotency-key': '"key-1"' } }));
    assert.equal(response.headers['idempotency-replayed'], 'true');
  });

  it('takes headers in any case, a base64 body, and an order without lines', async () => {
    const { commands } = createWorld();
    const body = Buffer.from(JSON.stringify({ ...order, lines: [] })).toString('base64');
    const shouted = { 'Content-Type': 'application/json; charset=utf-8', 'Idempotency-Key': 'key-1' };
    const response = await commands(placing({ headers: shouted, body, isBase64Encoded: true }));
    assert.equal(response.statusCode, 201);
    assert.deepEqual(bodyOf(response).lines, []);
  });

  it('hands correlation id, trace and cause to the messages', async () => {
    const { commands, store } = createWorld();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await commands(placing({ headers: { ...headers, 'x-correlation-id': 'mine-1', traceparent } }));
    assert.equal(response.headers['x-correlation-id'], 'mine-1');
    const [record] = store.outbox.values();
    const envelopes = record?.messages.map((message) => JSON.parse(message)) ?? [];
    assert.equal(envelopes.length, 4);
    for (const envelope of envelopes) {
      assert.equal(envelope.correlationid, 'mine-1');
      assert.equal(envelope.traceparent, traceparent);
      assert.equal(envelope.causationid, record?.commandId);
    }
  });

  it('says 503 with Retry-After when the store does not answer in time, and remembers nothing', async () => {
    const { commands, log } = createWorld({
      once: {
        commit: async () => {
          throw new StoreUnavailable('DynamoDB: TimeoutError');
        },
      },
    });
    const response = await commands(placing({ headers: { ...headers, 'x-correlation-id': 'mine-1' } }));
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'], '1');
    assert.equal(response.headers['x-correlation-id'], 'mine-1');
    assert.equal(bodyOf(response).code, 'TEMPORARILY_UNAVAILABLE');
    assert.ok(!response.body.includes('DynamoDB'));
    assert.deepEqual(
      log.lines.map(({ level, message, fields }) => [level, message, fields?.correlationId]),
      [
        ['warn', 'request could not be completed', 'mine-1'],
        ['info', 'Request answered', 'mine-1'],
      ],
    );
  });

  it('logs a line for each request: its route, the status and where to look further, and nothing it held', async () => {
    const { commands, log } = createWorld();
    const correlated = { ...headers, 'x-correlation-id': 'mine-1' };
    await commands(placing({ headers: correlated }));
    await commands(placing({ headers: { ...correlated, 'idempotency-key': '' } }));
    const route = { routeKey: 'POST /orders', correlationId: 'mine-1', requestId: 'request-1' };
    assert.deepEqual(log.lines, [
      { level: 'info', message: 'Request answered', fields: { ...route, status: 201 } },
      { level: 'info', message: 'Request answered', fields: { ...route, status: 400 } },
    ]);
  });

  it('says 503 when the key of the fingerprints cannot be read', async () => {
    const { commands, calls } = createWorld({ secret: () => Promise.reject(new Error('ThrottlingException')) });
    assert.equal((await commands(placing())).statusCode, 503);
    assert.deepEqual(calls, []);
  });

  it('tells nothing about an unforeseen error, and logs neither its message nor the body', async () => {
    const { commands, log } = createWorld({
      once: {
        commit: async () => {
          throw new TypeError('cannot read ada@example.com');
        },
      },
    });
    const response = await commands(placing());
    assert.equal(response.statusCode, 500);
    assert.deepEqual(bodyOf(response), {
      type: 'urn:counterfoil:problem:internal-error',
      title: 'Internal error',
      status: 500,
      code: 'INTERNAL_ERROR',
      detail: 'An unexpected error occurred. It is logged with the correlation id of this answer.',
      next: 'Repeat the request with the same Idempotency-Key. If the error persists, report the correlation id.',
    });
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields?.code ?? fields?.status]),
      [
        ['error', 'INTERNAL_ERROR'],
        ['info', 500],
      ],
    );
    const logged = JSON.stringify(log.lines);
    assert.ok(logged.includes('"name":"TypeError"'));
    assert.ok(logged.includes('commands.test.ts'), 'the place of the error');
    assert.ok(!logged.includes('ada@example.com'));
  });
});

describe('POST /orders/{orderId}/items', () => {
  it('answers with the order as it is then', async () => {
    const { commands } = createWorld();
    await commands(placing());
    const response = await commands(adding({ headers: { ...headers, 'idempotency-key': 'key-2' } }));
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.location, undefined);
    const { version, total, lines, notifications } = bodyOf(response);
    assert.deepEqual(
      { version, total, lines, notifications },
      { version: 2, total: 5000, lines: [mug, mug], notifications: [] },
    );
  });

  it('adds once, however often it is sent', async () => {
    const { commands, store } = createWorld();
    await commands(placing());
    const [first, again] = [await commands(adding()), await commands(adding())];
    assert.equal(again.body, first.body);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal([...store.states.values()][0]?.stored.version, 2);
  });

  it('may use the key that placed the order: the path is another', async () => {
    const { commands } = createWorld();
    await commands(placing());
    assert.equal((await commands(adding())).headers['idempotency-replayed'], undefined);
  });

  for (const [title, request] of Object.entries({
    'an order that is not': adding({ id: orderIdFor('acme', 'another key') }),
    'an id that can be none': adding({ id: 'order#1' }),
    "another tenant's order": adding({ tenant: 'globex' }),
  })) {
    it(`says 404 for ${title} and stores nothing`, async () => {
      const { commands, store } = createWorld();
      await commands(placing());
      const response = await commands(request);
      assert.equal(response.statusCode, 404);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      assert.equal(bodyOf(response).code, 'ORDER_NOT_FOUND');
      assert.equal(store.outbox.size, 1);
    });
  }

  it('stores a refusal of the order, and repeats it', async () => {
    const { commands } = createWorld();
    const most = { ...mug, quantity: 1, unitPrice: Number.MAX_SAFE_INTEGER };
    await commands(placing({ body: JSON.stringify({ ...order, lines: [most] }) }));
    const first = await commands(adding());
    const again = await commands(adding());
    assert.equal(first.statusCode, 409);
    assert.equal(bodyOf(first).code, 'ORDER_TOTAL_TOO_LARGE');
    assert.deepEqual([again.statusCode, again.body], [first.statusCode, first.body]);
    assert.deepEqual(
      [first.headers['idempotency-replayed'], again.headers['idempotency-replayed']],
      [undefined, 'true'],
    );
  });
});

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
      const { errors: told, ...problem } = await refused(body(value));
      assert.deepEqual({ ...problem, errors: told?.sort() }, { status: 400, code: 'VALIDATION_FAILED', errors });
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

  it('__proto__ is an unknown field and harms nobody', async () => {
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

  it('of a field given twice, the last one counts', async () => {
    const { commands } = createWorld();
    const text = JSON.stringify(order).replace('"currency":"EUR"', '"currency":"EUX","currency":"USD"');
    assert.equal(bodyOf(await commands(placing({ body: text }))).currency, 'USD');
  });

  it('an answer does not grow with the nonsense that was sent', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`f${index}`, 1]));
    const { errors } = await refused(body({ ...order, ...many }));
    assert.equal(errors?.length, 100);
  });
});
