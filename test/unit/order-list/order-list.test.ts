import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import type { Fault } from '#shared/messaging/failure.ts';
import type { ListedOrder } from '#shared/order-list/ports.ts';
import { type OrderListView, orderListSchema } from '#shared/order-list/responses.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const row = (number: number, over: Partial<ListedOrder> = {}): ListedOrder => ({
  orderId: `o${number}`,
  status: 'placed',
  version: 1,
  currency: 'EUR',
  total: 2500,
  itemCount: 2,
  placedAt: at(number),
  ...over,
});

/** `GET /orders` over a list with these rows, and how often it read. */
async function listWith(rows: readonly ListedOrder[]) {
  const world = createWorld();
  const list = { tenant: 'acme', generation: 1 };
  for (const order of rows) await world.orderList.keepListed(list, order);
  let reads = 0;
  const queries = world.queriesWith({
    orderList: {
      listOrders: (...asked) => {
        reads += 1;
        return world.orderList.listOrders(...asked);
      },
    },
  });
  const get = async (parameters: Record<string, string> = {}, tenant = 'acme') => {
    const event = httpEvent({ routeKey: 'GET /orders', tenant });
    const { statusCode, body } = await queries({ ...event, queryStringParameters: parameters });
    return { statusCode, answer: JSON.parse(body) as OrderListView & { code?: string; errors?: Fault[] } };
  };
  const page = async (parameters: Record<string, string> = {}, tenant?: string): Promise<OrderListView> => {
    const { statusCode, answer } = await get(parameters, tenant);
    assert.equal(statusCode, 200, JSON.stringify(answer));
    assert.deepEqual(v.parse(orderListSchema, answer), answer);
    return answer;
  };
  const ids = async (parameters: Record<string, string> = {}, tenant?: string): Promise<string[]> =>
    (await page(parameters, tenant)).orders.map(({ orderId }) => orderId);
  /** The ids of each page, to the last one. */
  const pages = async (parameters: Record<string, string>): Promise<string[][]> => {
    const read: string[][] = [];
    let cursor: string | undefined;
    do {
      assert.ok(read.length < 20, 'it never ends');
      const next = await page({ ...parameters, ...(cursor !== undefined && { cursor }) });
      read.push(next.orders.map(({ orderId }) => orderId));
      cursor = next.nextCursor;
    } while (cursor !== undefined);
    return read;
  };
  const faults = async (parameters: Record<string, string>, tenant?: string): Promise<[string, string][]> => {
    const { statusCode, answer } = await get(parameters, tenant);
    assert.deepEqual([statusCode, answer.code], [400, 'VALIDATION_FAILED']);
    return (answer.errors ?? []).map(({ path, code }) => [path, code]);
  };
  return { page, ids, pages, faults, reads: () => reads };
}

describe('GET /orders', () => {
  it('lists orders with their figures, newest first, and nothing of another tenant', async () => {
    const rows = [row(0), row(1, { customerId: 'customer-1', version: 3 })];
    const { page, ids } = await listWith(rows);
    assert.deepEqual(await page(), { orders: rows.toReversed() });
    assert.deepEqual(await ids({}, 'globex'), []);
  });

  it('continues page by page, and the last page has no cursor', async () => {
    const { pages } = await listWith([0, 1, 2, 3, 4].map((number) => row(number)));
    assert.deepEqual(await pages({ limit: '2' }), [['o4', 'o3'], ['o2', 'o1'], ['o0']]);
    assert.deepEqual(await pages({ limit: '5' }), [['o4', 'o3', 'o2', 'o1', 'o0']]);
    assert.deepEqual(await pages({ limit: '2', from: at(1), to: at(4) }), [['o3', 'o2'], ['o1']]);
  });

  it('filters by customer, status and time', async () => {
    const rows = [0, 1, 2, 3].map((number) =>
      row(number, { customerId: `customer-${number % 2}`, status: number === 0 ? 'cancelled' : 'placed' }),
    );
    const { ids, pages } = await listWith(rows);
    assert.deepEqual(await ids({ customerId: 'customer-1' }), ['o3', 'o1']);
    assert.deepEqual(await ids({ customerId: 'customer-1', to: at(3) }), ['o1']);
    assert.deepEqual(await ids({ status: 'cancelled', customerId: 'customer-0' }), ['o0']);
    assert.deepEqual(await ids({ status: 'placed' }), ['o3', 'o2', 'o1']);
    assert.deepEqual(await ids({ status: 'placed', from: '2026-01-01T02:00:02+02:00' }), ['o3', 'o2']);
    assert.deepEqual(await ids({ customerId: 'customer-2' }), []);
    assert.deepEqual(await ids({ status: 'approved' }), []);
    assert.deepEqual(await pages({ customerId: 'customer-1', limit: '1' }), [['o3'], ['o1']]);
  });

  it('reads once for each page, which may be short and have a cursor', async () => {
    const rows = Array.from({ length: 1100 }, (_, number) =>
      row(number, { customerId: number % 1000 === 0 ? 'rare' : 'frequent' }),
    );
    const { pages, reads } = await listWith(rows);
    assert.deepEqual(await pages({ customerId: 'rare' }), [['o1000'], [], ['o0']]);
    assert.equal(reads(), 3);
  });

  it('lists all faults of a query together', async () => {
    const { faults, reads } = await listWith([]);
    const query = { status: 'shipped', customerId: 'a b', from: 'x', limit: '51', cursor: 'forged', sort: 'total' };
    assert.deepEqual(await faults(query), [
      ['/status', 'INVALID'],
      ['/customerId', 'ID_INVALID'],
      ['/from', 'TIMESTAMP_INVALID'],
      ['/limit', 'LIMIT_INVALID'],
      ['/sort', 'UNKNOWN_PARAMETER'],
      ['/cursor', 'CURSOR_INVALID'],
    ]);
    assert.deepEqual(await faults({ from: at(1), to: at(1) }), [['/from', 'RANGE_REVERSED']]);
    assert.equal(reads(), 0);
  });

  it('refuses a cursor of another tenant and of other filters', async () => {
    const { page, faults, ids } = await listWith([0, 1, 2].map((number) => row(number)));
    const { nextCursor: cursor = assert.fail() } = await page({ limit: '1' });
    assert.deepEqual(await faults({ limit: '1', cursor }, 'globex'), [['/cursor', 'CURSOR_INVALID']]);
    assert.deepEqual(await faults({ status: 'placed', cursor }), [['/cursor', 'CURSOR_OF_OTHER_FILTERS']]);
    assert.deepEqual(await ids({ limit: '2', cursor }), ['o1', 'o0']);
  });
});
