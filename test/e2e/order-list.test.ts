import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import { type OrderListView, orderListSchema } from '#shared/order-list/responses.ts';
import { controlOf } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

describe('the list of orders over HTTP', () => {
  let stage: StageUnderTest;
  /** Unique, so that a stage with other orders lists only those of this run. */
  const customerId = `list-${randomUUID()}`;
  const orderIds: string[] = [];
  before(async () => {
    stage = await openStage();
    for (let count = 0; count < 3; count += 1) orderIds.push(await place());
  });
  after(() => stage.stop());

  const place = async (): Promise<string> => {
    const { status, json } = await stage.acme.place({ ...stage.anOrder(), customerId });
    assert.equal(status, 201, JSON.stringify(json));
    return json.orderId as string;
  };
  const page = async (query: Record<string, string>, customer = stage.acme): Promise<OrderListView> => {
    const { status, json } = await customer.call('GET', `/orders?${new URLSearchParams({ customerId, ...query })}`);
    assert.equal(status, 200, JSON.stringify(json));
    return v.parse(orderListSchema, json);
  };
  const ids = async (query: Record<string, string> = {}): Promise<string[]> =>
    (await page(query)).orders.map(({ orderId }) => orderId);
  const untilListed = (...expected: string[]): Promise<string[]> =>
    eventually('the orders in the list', async () => {
      const listed = await ids();
      return expected.every((orderId) => listed.includes(orderId)) && listed;
    });

  it('lists orders newest first, with the figures of the order itself, and nothing for another tenant', async () => {
    assert.deepEqual(await untilListed(...orderIds), orderIds.toReversed());
    const [newest = assert.fail()] = (await page({})).orders;
    const { lines, contact, notifications, ...order } = await stage.acme.order(newest.orderId);
    assert.ok(lines && contact && notifications);
    assert.deepEqual(newest, { ...order, itemCount: 2 });
    assert.deepEqual(await page({}, stage.globex), { orders: [] });
  });

  it('continues page by page, with cursors that no other tenant can use', async () => {
    const first = await page({ limit: '2' });
    const { nextCursor: cursor = assert.fail() } = first;
    assert.equal(first.orders.length, 2);
    assert.deepEqual(await ids({ limit: '2', cursor }), orderIds.slice(0, 1));
    const query = new URLSearchParams({ customerId, limit: '2', cursor });
    const refused = await stage.globex.call('GET', `/orders?${query}`);
    assert.deepEqual([refused.status, refused.json.code], [400, 'VALIDATION_FAILED']);
  });

  it('refuses the cursor of another list, which is no position in this one', async () => {
    const lists = ['/orders', '/notifications'];
    for (const [list = '', other = ''] of [lists, lists.toReversed()]) {
      const { json } = await stage.acme.call('GET', `${list}?limit=1`);
      assert.equal(typeof json.nextCursor, 'string', list);
      const refused = await stage.acme.call(
        'GET',
        `${other}?${new URLSearchParams({ cursor: String(json.nextCursor) })}`,
      );
      const [fault] = refused.json.errors as { code: string }[];
      assert.deepEqual([refused.status, fault?.code], [400, 'CURSOR_OF_OTHER_FILTERS'], other);
    }
  });

  it('filters by status, and by the time when an order was placed', async () => {
    const { orders } = await page({ status: 'placed' });
    assert.deepEqual(
      orders.map(({ orderId }) => orderId),
      orderIds.toReversed(),
    );
    const [, second = assert.fail()] = orders;
    assert.deepEqual(await ids({ to: second.placedAt }), orderIds.slice(0, 1));
    assert.ok((await ids({ from: second.placedAt })).includes(second.orderId));
  });

  it('follows a changed order to its new version and status', async () => {
    const [orderId = assert.fail()] = orderIds;
    const item = { sku: 'TEA-2', description: 'Black tea', quantity: 3, unitPrice: 100 };
    const path = `/orders/${orderId}/items`;
    assert.equal((await stage.acme.call('POST', path, { key: randomUUID(), body: item })).status, 200);
    await eventually('the new version', async () => {
      const row = (await page({})).orders.find((order) => order.orderId === orderId);
      return row?.version === 2 && row.itemCount === 5 && row.total === 2800;
    });
    assert.equal(
      (await stage.acme.call('POST', `/orders/${orderId}/confirm`, { key: randomUUID(), body: {} })).status,
      200,
    );
    await eventually('the new status', async () => (await ids({ status: 'confirmed' })).length === 1);
    assert.deepEqual(await ids({ status: 'confirmed' }), [orderId]);
    assert.ok(!(await ids({ status: 'placed' })).includes(orderId));
  });

  it('catches up after its function was paused', async (t) => {
    if (stage.controlUrlOrSkip(t) === undefined) return;
    const control = controlOf(stage.outputs);
    await control.pause('project-orders');
    const paused = [await place(), await place()];
    await stage.settled(paused[1] ?? assert.fail());
    assert.deepEqual(
      (await ids()).filter((orderId) => paused.includes(orderId)),
      [],
    );
    await control.resume('project-orders');
    assert.deepEqual((await untilListed(...paused)).slice(0, 2), paused.toReversed());
  });
});
