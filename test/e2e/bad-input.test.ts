import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Answer, Call } from '#test/support/api.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

describe('bad input', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  let anOrder: StageUnderTest['anOrder'];
  before(async () => {
    stage = await openStage();
    ({ acme, anOrder } = stage);
  });
  after(() => stage.stop());

  const post = (call: Call): Promise<Answer> => acme.call('POST', '/orders', { key: randomUUID(), ...call });
  /** Asserts the common shape of problems, with the fault and the next step. */
  const assertProblem = ({ status, headers, json }: Answer, expected: { status: number; code: string }): void => {
    assert.deepEqual({ status, code: json.code }, expected);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal(json.status, status);
    for (const member of ['type', 'title', 'detail', 'next']) assert.ok(json[member], `${member} of ${json.code}`);
    assert.ok(headers.get('x-correlation-id'));
  };
  const pathsOf = ({ json }: Answer): string[] => (json.errors as { path: string }[]).map(({ path }) => path).sort();

  it('lists every fault of a body at once', async () => {
    const answer = await post({
      body: {
        contact: { name: 'Ada\r\nBcc: all@example.com', email: 'not an address', phone: '0660 123' },
        currency: 'XYZ',
        lines: [
          { sku: 'A', description: 'A', quantity: 0, unitPrice: 1.5 },
          { sku: 'B', description: 'B', quantity: -1, unitPrice: 2 ** 53 },
        ],
        colour: 'red',
      },
    });
    assertProblem(answer, { status: 400, code: 'VALIDATION_FAILED' });
    const paths = pathsOf(answer);
    for (const part of [
      'name',
      'email',
      'phone',
      'currency',
      '0/quantity',
      '0/unitPrice',
      '1/quantity',
      '1/unitPrice',
      'colour',
    ]) {
      assert.ok(
        paths.some((path) => path.includes(part)),
        `${part} in ${paths.join(' ')}`,
      );
    }
  });

  it('refuses a contact that cannot be reached', async () => {
    const answer = await post({ body: anOrder({ contact: { name: 'Ada' } }) });
    assertProblem(answer, { status: 400, code: 'VALIDATION_FAILED' });
  });

  it('refuses an order without a contact and a customerId, and one with an unknown customerId', async () => {
    const { contact: _contact, ...order } = anOrder();
    const neither = await post({ body: order });
    assertProblem(neither, { status: 400, code: 'VALIDATION_FAILED' });
    const [fault] = neither.json.errors as { path: string; code: string; next: string }[];
    assert.deepEqual([fault?.path, fault?.code], ['/contact', 'REQUIRED']);
    assert.match(fault?.next ?? '', /contact.*customerId/);
    const unknown = await post({ body: { ...order, customerId: randomUUID() } });
    assertProblem(unknown, { status: 422, code: 'CUSTOMER_UNKNOWN' });
  });

  it('refuses figures that an order cannot have, each with one fault, and writes nothing', async () => {
    const orderId = (await post({ body: anOrder() })).json.orderId as string;
    const add = (change: object, key: string = randomUUID()): Promise<Answer> => {
      const body = { sku: 'CUP-1', description: 'Cup', quantity: 1, unitPrice: 900, ...change };
      return acme.call('POST', `/orders/${orderId}/items`, { key, body });
    };
    const faultsOf = ({ json }: Answer) =>
      (json.errors as { path: string; code: string }[]).map(({ path, code }) => [path, code]);
    // Every line is in the currency of the order.
    assert.deepEqual(faultsOf(await add({ currency: 'USD' })), [['/currency', 'UNKNOWN_FIELD']]);
    for (const quantity of [2 ** 60, 1_000_001])
      assert.deepEqual(faultsOf(await add({ quantity })), [['/quantity', 'TOO_LARGE']]);
    assert.deepEqual(faultsOf(await add({ unitPrice: 2 ** 53 })), [['/unitPrice', 'TOO_LARGE']]);
    assert.deepEqual(faultsOf(await add({ unitPrice: -(2 ** 60) })), [['/unitPrice', 'TOO_SMALL']]);
    const line = { sku: 'A', description: 'A', quantity: 1, unitPrice: 1 };
    const many = await post({ body: anOrder({ lines: Array.from({ length: 201 }, () => line) }) });
    assert.deepEqual(
      faultsOf(many).map(([path]) => path),
      ['/lines'],
    );
    assert.equal((await acme.order(orderId)).version, 1);
  });

  it('keeps the refusal of a total that no JSON number shows exactly, and of an unknown order, for the key', async () => {
    const orderId = (await post({ body: anOrder() })).json.orderId as string;
    const body = { sku: 'GOLD', description: 'Gold', quantity: 1, unitPrice: Number.MAX_SAFE_INTEGER };
    for (const [id, status, code] of [
      [orderId, 409, 'ORDER_TOTAL_TOO_LARGE'],
      ['b'.repeat(26), 404, 'ORDER_NOT_FOUND'],
    ] as const) {
      const call = { key: randomUUID(), body };
      const refused = await acme.call('POST', `/orders/${id}/items`, call);
      assertProblem(refused, { status, code });
      const again = await acme.call('POST', `/orders/${id}/items`, call);
      assert.deepEqual([again.status, again.text], [refused.status, refused.text]);
    }
    assert.equal((await acme.order(orderId)).version, 1);
  });

  it('refuses a missing or malformed Idempotency-Key', async () => {
    assertProblem(await post({ key: undefined, body: anOrder() }), { status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    for (const key of ['x'.repeat(129), 'schlüssel']) {
      const headers = { 'idempotency-key': encodeURIComponent(key) === key ? key : 'schl\xfcssel' };
      assertProblem(await post({ key: undefined, headers, body: anOrder() }), {
        status: 400,
        code: 'IDEMPOTENCY_KEY_INVALID',
      });
    }
  });

  it('refuses invalid JSON, an empty body, and another content type', async () => {
    assertProblem(await post({ body: '{"contact":' }), { status: 400, code: 'JSON_INVALID' });
    assertProblem(await post({ body: '' }), { status: 400, code: 'BODY_EMPTY' });
    const headers = { 'content-type': 'text/plain' };
    assertProblem(await post({ body: anOrder(), headers }), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED' });
  });

  it('refuses more than 64 KB', async () => {
    const lines = [{ sku: 'A', description: 'x'.repeat(65_537), quantity: 1, unitPrice: 1 }];
    assertProblem(await post({ body: anOrder({ lines }) }), { status: 413, code: 'BODY_TOO_LARGE' });
  });

  it('stores nothing for a refused request', async () => {
    const key = randomUUID();
    const refused = await post({ key, body: anOrder({ currency: 'XYZ' }) });
    assert.equal(refused.status, 400);
    // If the refusal had been stored, the key would be in use.
    const order = anOrder();
    assert.equal((await post({ key, body: order })).status, 201);
    await stage.settled((await acme.place(order)).json.orderId as string);
    const emails = (await stage.inbox?.emails()) ?? [];
    assert.deepEqual(
      emails.filter(({ subject }) => /Bcc/.test(subject)),
      [],
    );
  });

  const unauthorized = { status: 401, text: '{"message":"Unauthorized"}' };
  const statusAndText = async (path: string, call?: Call) => {
    const { status, text } = await acme.call('GET', path, call);
    return { status, text };
  };

  it('returns API Gateway’s own answers if API Gateway refuses', async () => {
    assert.deepEqual(await statusAndText('/orders/none', { token: undefined }), unauthorized);
    assert.deepEqual(await statusAndText('/orders/none', { token: 'nonsense' }), unauthorized);
    assert.deepEqual(await statusAndText('/nowhere'), { status: 404, text: '{"message":"Not Found"}' });
  });

  it('returns them for routes of operators', async () => {
    assert.deepEqual(await statusAndText('/dead-letters'), { status: 403, text: '{"message":"Forbidden"}' });
    assert.equal((await stage.operator.call('GET', '/dead-letters')).status, 200);
  });

  it('returns them for tokens that are expired, of another issuer, or without the scope', async (t) => {
    const controlUrl = stage.controlUrlOrSkip(t);
    if (controlUrl === undefined) return;
    const mint = async (request: Record<string, unknown>): Promise<string> => {
      const response = await fetch(new URL('tokens', `${controlUrl}/`), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tenant: 'acme', ...request }),
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as { token: string }).token;
    };
    const get = async (request: Record<string, unknown>) =>
      statusAndText('/orders/none', { token: await mint(request) });
    const forbidden = { status: 403, text: '{"message":"Forbidden"}' };
    assert.deepEqual(await get({ expiresInSeconds: -60 }), unauthorized);
    assert.deepEqual(await get({ audience: 'somebody-else' }), unauthorized);
    assert.deepEqual(await get({ scopes: ['counterfoil/orders:write'] }), forbidden);
  });

  it('returns 404 for orders that do not exist', async () => {
    for (const id of ['none', '%23', 'a'.repeat(300), '..']) {
      const answer = await acme.call('GET', `/orders/${id}`);
      assert.equal(answer.status, 404, id);
    }
    assertProblem(await acme.call('GET', '/orders/none'), { status: 404, code: 'ORDER_NOT_FOUND' });
  });
});
