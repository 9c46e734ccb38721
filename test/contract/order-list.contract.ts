import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListedOrder, ListRange, OrderList, OrderListStore } from '#shared/order-list/ports.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

const listed = (orderId: string, over: Partial<ListedOrder> = {}): ListedOrder => ({
  orderId,
  status: 'placed',
  version: 1,
  currency: 'EUR',
  total: 2500,
  itemCount: 2,
  placedAt: at(0),
  ...over,
});

/** What every store of lists of orders must do, in memory and on a real engine alike. */
export function orderListContract(name: string, storeOf: () => OrderListStore): void {
  let lists = 0;
  const freshList = (): OrderList => {
    lists += 1;
    return { tenant: `tenant#${lists}`, generation: 1 };
  };
  const idsIn = async (list: OrderList, range: ListRange = {}): Promise<string[]> =>
    (await storeOf().listOrders(list, range, 100)).orders.map(({ orderId }) => orderId);

  describe(`the list of orders: ${name}`, () => {
    it('shows an order as it was written last, with no field of an earlier version', async () => {
      const [store, list] = [storeOf(), freshList()];
      await store.keepListed(list, listed('a', { customerId: 'customer-1' }));
      assert.deepEqual(await store.listOrders(list, {}, 10), {
        orders: [listed('a', { customerId: 'customer-1' })],
        isLast: true,
      });
      const later = listed('a', { version: 3, total: 0, itemCount: 0 });
      await store.keepListed(list, later);
      assert.deepEqual(await store.listOrders(list, {}, 10), { orders: [later], isLast: true });
    });

    it('keeps the highest version, in whichever order the versions come and however often', async () => {
      for (const versions of [
        [1, 2, 10],
        [10, 2, 1],
        [2, 10, 2, 1, 10],
      ]) {
        const [store, list] = [storeOf(), freshList()];
        for (const version of versions) await store.keepListed(list, listed('a', { version, total: version }));
        assert.deepEqual((await store.listOrders(list, {}, 10)).orders, [listed('a', { version: 10, total: 10 })]);
      }
    });

    it('keeps the highest version when all of them come at once', async () => {
      const [store, list] = [storeOf(), freshList()];
      const versions = [3, 1, 4, 2, 4, 3];
      await Promise.all(versions.map((version) => store.keepListed(list, listed('a', { version, total: version }))));
      assert.deepEqual((await store.listOrders(list, {}, 10)).orders, [listed('a', { version: 4, total: 4 })]);
    });

    it('lists the newest first, and orders of the same time by id', async () => {
      const [store, list] = [storeOf(), freshList()];
      for (const [orderId, seconds] of [
        ['b', 1],
        ['c', 1],
        ['z', 0],
        ['a', 2],
      ] as const)
        await store.keepListed(list, listed(orderId, { placedAt: at(seconds) }));
      assert.deepEqual(await idsIn(list), ['a', 'c', 'b', 'z']);
    });

    it('lists a range of time: from it, and before its end', async () => {
      const [store, list] = [storeOf(), freshList()];
      for (const seconds of [0, 1, 2, 3])
        await store.keepListed(list, listed(`o${seconds}`, { placedAt: at(seconds) }));
      assert.deepEqual(await idsIn(list, { from: at(1), to: at(3) }), ['o2', 'o1']);
      assert.deepEqual(await idsIn(list, { from: at(3) }), ['o3']);
      assert.deepEqual(await idsIn(list, { to: at(1) }), ['o0']);
    });

    it('continues after a position, also while orders are added, and says which page is the last', async () => {
      const [store, list] = [storeOf(), freshList()];
      for (const seconds of [0, 1, 2, 3, 4])
        await store.keepListed(list, listed(`o${seconds}`, { placedAt: at(seconds) }));
      const range = { from: at(1) };
      const first = await store.listOrders(list, range, 2);
      assert.deepEqual([first.orders.map(({ orderId }) => orderId), first.isLast], [['o4', 'o3'], false]);
      await store.keepListed(list, listed('new', { placedAt: at(9) }));
      const second = await store.listOrders(list, { ...range, after: `${at(3)}#o3` }, 10);
      assert.deepEqual([second.orders.map(({ orderId }) => orderId), second.isLast], [['o2', 'o1'], true]);
    });

    it('separates tenants, and the generations of one tenant', async () => {
      const [store, list] = [storeOf(), freshList()];
      await store.keepListed(list, listed('a'));
      assert.deepEqual(await idsIn({ ...list, generation: 2 }), []);
      assert.deepEqual(await idsIn(freshList()), []);
    });
  });
}
