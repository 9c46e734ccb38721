import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { CUSTOMER } from '#shared/customer/customer.ts';
import { customerIdFor } from '#shared/customer/customer-id.ts';
import { customerAnswerSchema, customerViewSchema } from '#shared/customer/responses.ts';
import { ORDER } from '#shared/order/order.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryCustomers } from '#test/support/memory/memory-customers.ts';
import { createWorld, keyOfNotification } from '#test/support/world/world.ts';

const ADA = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const byCustomer = (customerId: string) => ({ customerId, currency: 'EUR', lines: [] });

type Problem = { code: string; next: string; errors?: { path: string; code: string; message: string; next: string }[] };

function customersWorld() {
  const world = createWorld();
  const { commands, queries, store, clock } = world;
  const post = async (path: string, body: object, key: string, tenant = 'acme') => {
    clock.advance(1000);
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    return commands(httpEvent({ routeKey: `POST ${path}`, tenant, headers, body: JSON.stringify(body) }));
  };
  const get = (customerId: string, tenant = 'acme') =>
    queries(httpEvent({ routeKey: 'GET /customers/{customerId}', tenant, pathParameters: { customerId } }));
  const eraseCustomer = (customerId: string) =>
    commands(
      httpEvent({
        routeKey: 'DELETE /customers/{customerId}/personal-data',
        tenant: 'acme',
        pathParameters: { customerId },
      }),
    );
  const eraseAddress = (channel: string, address: string) =>
    commands({
      ...httpEvent({ routeKey: 'DELETE /personal-data', tenant: 'acme' }),
      queryStringParameters: { channel, address },
    });
  const contactOfOrder = async (id: string) =>
    (await store.statesOf(ORDER).read({ tenant: 'acme', type: 'order', id }))?.state.contact;
  return { ...world, post, get, eraseCustomer, eraseAddress, contactOfOrder };
}

describe('POST /customers', () => {
  it('registers with one write and no read, under an id that the client can compute', async () => {
    const { post, calls, store } = customersWorld();
    const response = await post('/customers', ADA, 'key-1');
    const customerId = customerIdFor('acme', 'key-1');
    assert.equal(response.statusCode, 201);
    assert.equal(response.headers.location, `/customers/${customerId}`);
    const answer = bodyOf(response);
    assert.deepEqual(answer, {
      customerId,
      status: 'registered',
      version: 1,
      registeredAt: '2026-01-01T00:00:01.000Z',
    });
    assert.deepEqual(v.parse(customerAnswerSchema, answer), answer);
    assert.deepEqual(calls, ['commit']);
    for (const record of store.outbox.values())
      assert.doesNotMatch(JSON.stringify(record), /Lovelace|ada@example|66012345678/);
  });

  it('answers a repetition with the stored answer, also after an erasure', async () => {
    const { post, eraseCustomer } = customersWorld();
    const first = await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    assert.equal((await eraseCustomer('ada-1')).statusCode, 202);
    const again = await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
  });

  it('refuses a second registration with the same id, and keeps the refusal', async () => {
    const { post, get } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    for (const replayed of [undefined, 'true']) {
      const response = await post('/customers', { ...ADA, name: 'Eve', customerId: 'ada-1' }, 'key-2');
      assert.deepEqual([response.statusCode, bodyOf<Problem>(response).code], [409, 'CUSTOMER_ALREADY_EXISTS']);
      assert.equal(response.headers['idempotency-replayed'], replayed);
    }
    assert.equal(bodyOf<{ name: string }>(await get('ada-1')).name, 'Ada Lovelace');
    assert.equal((await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-3', 'globex')).statusCode, 201);
  });

  it('refuses the same key with another body', async () => {
    const { post } = customersWorld();
    await post('/customers', ADA, 'key-1');
    const response = await post('/customers', { ...ADA, name: 'Eve' }, 'key-1');
    assert.deepEqual([response.statusCode, bodyOf<Problem>(response).code], [422, 'IDEMPOTENCY_CONFLICT']);
  });

  it('reports every fault at once and writes nothing', async () => {
    const { post, calls, store } = customersWorld();
    const body = { name: 'www.evil.example', customerId: 'a#b', locale: 'en_US!', total: 1 };
    const response = await post('/customers', body, 'key-1');
    assert.equal(response.statusCode, 400);
    const { errors = [] } = bodyOf<Problem>(response);
    assert.deepEqual(errors.map(({ path, code }) => `${path} ${code}`).sort(), [
      ' CONTACT_UNREACHABLE',
      '/customerId ID_INVALID',
      '/locale LOCALE_INVALID',
      '/name WEB_ADDRESS',
      '/total UNKNOWN_FIELD',
    ]);
    assert.deepEqual([calls, store.states.size], [[], 0]);
  });
});

describe('GET /customers/{customerId}', () => {
  it('shows the contact, and the version as ETag', async () => {
    const { post, get } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    const response = await get('ada-1');
    const view = bodyOf(response);
    assert.deepEqual([response.statusCode, response.headers.etag], [200, '"1"']);
    assert.deepEqual(view, {
      customerId: 'ada-1',
      status: 'registered',
      version: 1,
      registeredAt: '2026-01-01T00:00:01.000Z',
      ...ADA,
    });
    assert.deepEqual(v.parse(customerViewSchema, view), view);
  });

  it('shows an erased customer without the contact', async () => {
    const { post, get, eraseCustomer } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    await eraseCustomer('ada-1');
    const response = await get('ada-1');
    const view = bodyOf(response);
    assert.equal(response.headers.etag, '"2"');
    assert.deepEqual(view, {
      customerId: 'ada-1',
      status: 'erased',
      version: 2,
      registeredAt: '2026-01-01T00:00:01.000Z',
      erasedAt: '2026-01-01T00:00:01.000Z',
    });
    assert.deepEqual(v.parse(customerViewSchema, view), view);
  });

  it('is 404 for unknown and malformed ids, and for other tenants', async () => {
    const { post, get } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    for (const response of [await get('ada-2'), await get('a#b'), await get(''), await get('ada-1', 'globex')]) {
      assert.deepEqual([response.statusCode, bodyOf<Problem>(response).code], [404, 'CUSTOMER_NOT_FOUND']);
    }
  });
});

describe('POST /orders with a customerId instead of a contact', () => {
  const registeredWorld = async () => {
    const world = customersWorld();
    await world.post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-ada');
    const earlier = world.calls.length;
    const calls = () => world.calls.slice(earlier);
    const reads: string[] = [];
    const read = world.customers.read;
    world.customers.read = (key) => {
      reads.push(key.id);
      return read(key);
    };
    return { ...world, calls, reads };
  };

  it('copies the contact into the order, with one read of the customer and one write', async () => {
    const { post, contactOfOrder, calls, reads, store } = await registeredWorld();
    const response = await post('/orders', byCustomer('ada-1'), 'key-1');
    assert.equal(response.statusCode, 201, response.body);
    const { orderId, notifications } = bodyOf<{ orderId: string; notifications: { notificationId: string }[] }>(
      response,
    );
    assert.deepEqual(await contactOfOrder(orderId), ADA);
    assert.deepEqual([calls(), reads], [['commit'], ['ada-1']]);
    const [email] = notifications;
    const sent = await store.readWithContent(keyOfNotification(email?.notificationId ?? ''));
    assert.deepEqual([sent?.content?.recipients, sent?.stored.state.customerId], [['ada@example.com'], 'ada-1']);
  });

  it('reads no customer if the order has a contact', async () => {
    const { post, contactOfOrder, calls, reads } = await registeredWorld();
    const contact = { name: 'Bob', email: 'bob@example.com' };
    for (const customerId of ['ada-1', 'unknown']) {
      const response = await post('/orders', { ...byCustomer(customerId), contact }, `key-${customerId}`);
      assert.equal(response.statusCode, 201);
      assert.deepEqual(await contactOfOrder(bodyOf<{ orderId: string }>(response).orderId), contact);
    }
    assert.deepEqual([calls(), reads], [['commit', 'commit'], []]);
  });

  it('is refused for an unknown customer, and accepted with the same key once the customer is registered', async () => {
    const { post, store } = await registeredWorld();
    const before = store.outbox.size;
    const refused = await post('/orders', byCustomer('bob-1'), 'key-1');
    const { code, next } = bodyOf<Problem>(refused);
    assert.deepEqual([refused.statusCode, code, store.outbox.size], [422, 'CUSTOMER_UNKNOWN', before]);
    assert.match(next, /POST \/customers/);
    await post('/customers', { name: 'Bob', email: 'bob@example.com', customerId: 'bob-1' }, 'key-bob');
    const placed = await post('/orders', byCustomer('bob-1'), 'key-1');
    assert.deepEqual([placed.statusCode, placed.headers['idempotency-replayed']], [201, undefined]);
  });

  it('knows no customer of another tenant', async () => {
    const { post } = await registeredWorld();
    const response = await post('/orders', byCustomer('ada-1'), 'key-1', 'globex');
    assert.deepEqual([response.statusCode, bodyOf<Problem>(response).code], [422, 'CUSTOMER_UNKNOWN']);
  });

  it('is refused for an erased customer, but a repetition gets the stored answer', async () => {
    const { post, eraseCustomer } = await registeredWorld();
    const first = await post('/orders', byCustomer('ada-1'), 'key-1');
    await eraseCustomer('ada-1');
    const again = await post('/orders', byCustomer('ada-1'), 'key-1');
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    const other = await post('/orders', { ...byCustomer('ada-1'), currency: 'USD' }, 'key-1');
    assert.deepEqual([other.statusCode, bodyOf<Problem>(other).code], [422, 'IDEMPOTENCY_CONFLICT']);
    const refused = await post('/orders', byCustomer('ada-1'), 'key-2');
    assert.deepEqual([refused.statusCode, bodyOf<Problem>(refused).code], [422, 'CUSTOMER_ERASED']);
  });

  it('needs one of contact and customerId', async () => {
    const { post } = await registeredWorld();
    const response = await post('/orders', { currency: 'EUR', lines: [] }, 'key-1');
    const { errors = [] } = bodyOf<Problem>(response);
    assert.deepEqual(
      errors.map(({ path, code, next }) => [path, code, next]),
      [['/contact', 'REQUIRED', 'Give a contact, or the customerId of a registered customer.']],
    );
  });
});

describe('an erasure', () => {
  it('by address erases every customer who was registered with it', async () => {
    const { post, get, eraseAddress, messages } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    await post('/customers', { name: 'Charles', phone: ADA.phone, customerId: 'charles-1' }, 'key-2');
    await post('/customers', { name: 'Bob', email: 'bob@example.com', customerId: 'bob-1' }, 'key-3');
    const statusOf = async (customerId: string) => bodyOf<{ status: string }>(await get(customerId)).status;
    await eraseAddress('email', 'ADA@example.com');
    assert.deepEqual([await statusOf('ada-1'), await statusOf('charles-1')], ['erased', 'registered']);
    await eraseAddress('sms', ADA.phone);
    assert.deepEqual([await statusOf('charles-1'), await statusOf('bob-1')], ['erased', 'registered']);
    const types = messages().map((text) => (JSON.parse(text) as { type: string }).type);
    assert.equal(types.filter((type) => type === 'counterfoil.customer.erased.v1').length, 2);
  });

  it('of an order’s contact covers an order that read the customer just before it', async () => {
    const { post, eraseCustomer, clock, customers, store, contactOfOrder, wake } = customersWorld();
    await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1');
    const { read } = customers;
    // The request for the erasure is answered between the order's read and its commit, which takes three seconds.
    customers.read = async (key) => {
      const stored = await read(key);
      assert.equal((await eraseCustomer('ada-1')).statusCode, 202);
      clock.advance(3000);
      return stored;
    };
    const placed = await post('/orders', byCustomer('ada-1'), 'key-2');
    const { orderId } = bodyOf<{ orderId: string }>(placed);
    assert.deepEqual(await contactOfOrder(orderId), ADA);
    clock.advance(60_000);
    await wake(['erasure']);
    assert.equal(await contactOfOrder(orderId), undefined);
    const rows = [...store.states.values()].map(({ stored }) => JSON.stringify(stored.state));
    assert.deepEqual(
      rows.filter((row) => row.includes('ada@example.com')),
      [],
    );
    assert.equal((await store.statesOf(CUSTOMER).read({ tenant: 'acme', type: 'customer', id: 'ada-1' }))?.version, 2);
  });

  it('of an id that was never registered erases its orders and leaves the id free', async () => {
    const { post, eraseCustomer, store } = customersWorld();
    assert.equal((await eraseCustomer('ada-1')).statusCode, 202);
    const found = await memoryCustomers(store).read({ tenant: 'acme', type: 'customer', id: 'ada-1' });
    assert.equal(found, undefined);
    assert.equal((await post('/customers', { ...ADA, customerId: 'ada-1' }, 'key-1')).statusCode, 201);
    assert.equal((await eraseCustomer('ada-1')).statusCode, 202);
    assert.equal((await post('/orders', byCustomer('ada-1'), 'key-2')).statusCode, 422);
  });
});
