import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Answer } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

/** An erasure begins five seconds after the request, and its second walk comes later. */
const ERASED_WITHIN_MS = 180_000;

describe('a customer registered over HTTP', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
  });
  after(() => stage.stop());

  const register = (body: object, key: string = randomUUID()): Promise<Answer> =>
    acme.call('POST', '/customers', { key, body });
  /** An order by customer, with the order as `sentOnce` looks for it. */
  const anOrderOf = (customerId: string) => {
    const order = stage.anOrder();
    const { contact: _contact, ...rest } = order;
    return { order, body: { ...rest, customerId } };
  };
  const assertRefused = ({ status, json }: Answer, expected: { status: number; code: string }): void => {
    assert.deepEqual({ status, code: json.code }, expected);
    for (const member of ['title', 'detail', 'next']) assert.ok(json[member], member);
  };

  it('can be read, by the own tenant only', async () => {
    const { contact } = stage.anOrder();
    const registered = await register(contact);
    assert.deepEqual([registered.status, registered.headers.get('etag')], [201, '"1"'], registered.text);
    const location = registered.headers.get('location') ?? '';
    assert.equal(location, `/customers/${registered.json.customerId}`);
    const read = await acme.call('GET', location);
    assert.deepEqual([read.status, read.headers.get('etag')], [200, '"1"']);
    assert.deepEqual(read.json, { ...registered.json, ...contact });
    assertRefused(await stage.globex.call('GET', location), { status: 404, code: 'CUSTOMER_NOT_FOUND' });
    for (const id of ['none', 'a%23b', 'a'.repeat(65)]) {
      assertRefused(await acme.call('GET', `/customers/${id}`), { status: 404, code: 'CUSTOMER_NOT_FOUND' });
    }
  });

  it('is registered once: a repetition gets the first answer, another key a refusal', async () => {
    const [body, key] = [{ ...stage.anOrder().contact, customerId: `customer-${randomUUID()}` }, randomUUID()];
    const first = await register(body, key);
    assert.deepEqual([first.status, first.json.customerId], [201, body.customerId]);
    const again = await register(body, key);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assertRefused(await register({ ...body, name: 'Eve' }, key), { status: 422, code: 'IDEMPOTENCY_CONFLICT' });
    const other = randomUUID();
    for (const replayed of [null, 'true']) {
      const refused = await register(body, other);
      assertRefused(refused, { status: 409, code: 'CUSTOMER_ALREADY_EXISTS' });
      assert.equal(refused.headers.get('idempotency-replayed'), replayed);
    }
  });

  it('is refused with every fault, and nothing is stored', async () => {
    const key = randomUUID();
    const body = { name: 'Ada\nBcc', customerId: 'a b', locale: '?', colour: 'red' };
    const refused = await register(body, key);
    assertRefused(refused, { status: 400, code: 'VALIDATION_FAILED' });
    const paths = (refused.json.errors as { path: string }[]).map(({ path }) => path).sort();
    assert.deepEqual(paths, ['', '/colour', '/customerId', '/locale', '/name']);
    assert.equal((await register(stage.anOrder().contact, key)).status, 201);
  });

  it('gets the messages of an order that names the customer', async () => {
    const order = stage.anOrder();
    const { contact, ...rest } = order;
    const { customerId } = (await register(contact)).json;
    const placed = await acme.place({ ...rest, customerId });
    assert.equal(placed.status, 201, placed.text);
    const orderId = placed.json.orderId as string;
    await stage.sentOnce([orderId, order, customerId as string]);
    const shown = await acme.order(orderId);
    assert.deepEqual([shown.contact, shown.customerId], [contact, customerId]);
    const log = await acme.call<{ notifications: { customerId?: string }[] }>(
      'GET',
      `/notifications?orderId=${orderId}`,
    );
    assert.deepEqual(
      log.json.notifications.map((one) => one.customerId),
      stage.channels.map(() => customerId),
    );
  });

  it('must exist before the order, which can then be repeated with the same key', async () => {
    const customerId = `customer-${randomUUID()}`;
    const [{ order, body }, key] = [anOrderOf(customerId), randomUUID()];
    assertRefused(await acme.place(body, key), { status: 422, code: 'CUSTOMER_UNKNOWN' });
    await register({ ...order.contact, customerId });
    assertRefused(await stage.globex.place(body, key), { status: 422, code: 'CUSTOMER_UNKNOWN' });
    const placed = await acme.place(body, key);
    assert.equal(placed.status, 201, placed.text);
    assert.equal(placed.headers.get('idempotency-replayed'), null);
    await stage.sentOnce([placed.json.orderId as string, order, customerId]);
  });

  it('is erased with the orders, by id and by address', { timeout: 400_000 }, async () => {
    const erasures = [
      (customerId: string) => `/customers/${customerId}/personal-data`,
      (_customerId: string, email: string) =>
        `/personal-data?${new URLSearchParams({ channel: 'email', address: email })}`,
    ].map(async (pathOf) => {
      const customerId = `customer-${randomUUID()}`;
      const [{ order, body }, key] = [anOrderOf(customerId), randomUUID()];
      await register({ ...order.contact, customerId });
      const placed = await acme.place(body, key);
      const orderId = placed.json.orderId as string;
      await stage.settled(orderId);
      const asked = await acme.call('DELETE', pathOf(customerId, order.contact.email));
      assert.equal(asked.status, 202, asked.text);

      const erased = await acme.call('GET', `/customers/${customerId}`);
      assert.deepEqual(Object.keys(erased.json).sort(), [
        'customerId',
        'erasedAt',
        'registeredAt',
        'status',
        'version',
      ]);
      assert.deepEqual([erased.json.status, erased.headers.get('etag')], ['erased', '"2"']);
      assertRefused(await acme.place(body), { status: 422, code: 'CUSTOMER_ERASED' });
      const again = await acme.place(body, key);
      assert.deepEqual([again.status, again.text], [201, placed.text]);
      await eventually(
        'the order without its contact',
        async () => (await acme.order(orderId)).contact === undefined,
        ERASED_WITHIN_MS,
      );
    });
    await Promise.all(erasures);
  });
});
