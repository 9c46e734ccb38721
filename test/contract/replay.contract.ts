import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OnceStore } from '#shared/once/ports.ts';
import {
  type ListedOrder,
  type OrderList,
  type OrderListRebuild,
  type OrderListStore,
  positionOf,
} from '#shared/order-list/ports.ts';
import type { OutboxScan, OutboxScope, Page } from '#shared/replay/ports.ts';
import { creation, outboxRecord } from './store-rows.ts';

/** What a replay needs of a table. */
export type ReplayStores = {
  once: OnceStore;
  outbox: OutboxScan;
  orderList: OrderListStore & OrderListRebuild;
};

const MOST_PAGES = 500;

/** Every page, one after the other. */
async function pagesOf<OnePage extends Page>(
  read: (position: string | undefined) => Promise<OnePage>,
): Promise<OnePage[]> {
  const pages: OnePage[] = [];
  let position: string | undefined;
  do {
    const page = await read(position);
    pages.push(page);
    assert.ok(pages.length < MOST_PAGES, 'the pages have no end');
    position = page.position;
  } while (position !== undefined);
  return pages;
}

async function sideBySide(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of indexes) await work(index);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const PLACED_AT = '2026-01-01T00:00:00.000Z';

const listed = (orderId: string, version: number, total: number): ListedOrder => ({
  orderId,
  status: 'placed',
  version,
  currency: 'EUR',
  total,
  itemCount: 1,
  placedAt: PLACED_AT,
});

/** All orders of a few things. */
function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((others) => [item, ...others]),
  );
}

/**
 * What a replay relies on, in memory and on a real engine alike.
 * @param manyRows enough rows for more than one page.
 */
export function replayContract(name: string, storesOf: () => ReplayStores, manyRows: number): void {
  let tests = 0;
  const freshTenant = (): string => `replay-${++tests}`;
  const placed = (tenant: string, type: string, id: string) =>
    storesOf().once.commit(
      creation({ tenant, type, id }, { outbox: outboxRecord({ tenant, type, id }, 'http#first') }),
    );
  const scanned = async (scope: OutboxScope): Promise<string[]> => {
    const pages = await pagesOf((position) => storesOf().outbox.scanOutbox(scope, position));
    assert.deepEqual(
      pages.flatMap(({ unreadable }) => unreadable),
      [],
    );
    return pages.flatMap(({ records }) => records.map(({ subject, commandId }) => `${subject.id} ${commandId}`)).sort();
  };

  describe(`the outbox rows of a replay: ${name}`, () => {
    it('are those of all subjects of a type, as they were committed, and no other rows', async () => {
      const tenant = freshTenant();
      const subject = { tenant, type: 'order', id: 'o1' };
      const records = [
        outboxRecord(subject, 'http#first'),
        outboxRecord(subject, 'msg#a#second', { command: 'AddItem' }),
      ];
      for (const [expectedVersion, outbox] of records.entries()) {
        const next = { schemaVersion: 1, version: expectedVersion + 1, state: {} };
        const { kind } = await storesOf().once.commit({ key: subject, expectedVersion, next, outbox, rows: [] });
        assert.equal(kind, 'committed');
      }
      // Another type, a type whose name is longer, and an id that looks like the type.
      for (const [type, id] of [
        ['customer', 'c1'],
        ['order-x', 'x1'],
        ['customer', 'order'],
      ] as const)
        await placed(tenant, type, id);
      const list = { tenant, generation: 1 };
      await storesOf().orderList.keepListed(list, listed('o1', 1, 1));
      const pages = await pagesOf((position) => storesOf().outbox.scanOutbox({ type: 'order', tenant }, position));
      const found = pages.flatMap((page) => page.records);
      assert.deepEqual(
        found.sort((one, other) => (one.commandId < other.commandId ? -1 : 1)),
        records,
      );
    });

    it('are those of one tenant, or of all', async () => {
      const [one, other] = [freshTenant(), `${freshTenant()}0`];
      await placed(one, 'order', `of-${one}`);
      await placed(other, 'order', `of-${other}`);
      // A tenant whose name begins in the same way is another one.
      await placed(`${one}0`, 'order', `of-${one}0`);
      assert.deepEqual(await scanned({ type: 'order', tenant: one }), [`of-${one} http#first`]);
      const all = await scanned({ type: 'order' });
      for (const tenant of [one, other, `${one}0`]) assert.ok(all.includes(`of-${tenant} http#first`), tenant);
      assert.deepEqual(await scanned({ type: 'order', tenant: 'nobody' }), []);
    });

    it('are each on exactly one page, also those that are committed while pages are read', async () => {
      const tenant = freshTenant();
      const ids = Array.from({ length: manyRows }, (_, index) => `many-${index}`);
      await sideBySide(manyRows, (index) => placed(tenant, 'order', ids[index] ?? assert.fail()));
      const pages = await pagesOf(async (position) => {
        if (position !== undefined) await placed(freshTenant(), 'order', 'during');
        return storesOf().outbox.scanOutbox({ type: 'order', tenant }, position);
      });
      assert.ok(pages.length > 1, `${pages.length} pages`);
      const found = pages.flatMap(({ records }) => records.map(({ subject }) => subject.id));
      assert.deepEqual(found.sort(), ids.sort());
      // It counts what it has examined, not what it has found.
      assert.ok(pages.reduce((sum, { examined }) => sum + examined, 0) >= manyRows);
    });
  });

  describe(`the rows that a replay copies: ${name}`, () => {
    type Write = (store: OrderListStore & OrderListRebuild, list: OrderList) => Promise<void>;
    const kept =
      (version: number, total: number): Write =>
      (store, list) =>
        store.keepListed(list, listed('a', version, total));
    const copied =
      (version: number, total: number): Write =>
      (store, list) =>
        store.copyListed(list, listed('a', version, total));

    const cases: [what: string, writes: Write[], total: number][] = [
      ['a message of the same version wins over a copy', [copied(2, 99), kept(2, 2)], 2],
      ['a message of a later version wins over a copy', [copied(1, 99), kept(2, 2)], 2],
      ['a copy of a later version wins over an earlier message', [copied(3, 3), kept(2, 2), kept(1, 1)], 3],
      ['of messages and copies, the highest version wins', [copied(2, 99), kept(1, 1), kept(2, 2), kept(3, 3)], 3],
    ];
    for (const [what, writes, total] of cases)
      it(`${what}, in every order and however often`, async () => {
        const store = storesOf().orderList;
        for (const order of permutations(writes)) {
          const list = { tenant: freshTenant(), generation: 2 };
          for (const write of [...order, ...order]) await write(store, list);
          const { orders } = await store.listOrders(list, {}, 10);
          assert.deepEqual(
            orders.map((row) => row.total),
            [total],
          );
        }
      });

    it('are not copies any more after a message: another one of the same version changes nothing', async () => {
      const [store, list] = [storesOf().orderList, { tenant: freshTenant(), generation: 2 }];
      for (const write of [copied(2, 99), kept(2, 2), kept(2, 77), copied(2, 88)]) await write(store, list);
      assert.deepEqual((await store.listOrders(list, {}, 10)).orders, [listed('a', 2, 2)]);
    });

    it('leave the generation that they are copied from as it is', async () => {
      const [store, tenant] = [storesOf().orderList, freshTenant()];
      const [live, next] = [
        { tenant, generation: 1 },
        { tenant, generation: 2 },
      ];
      await store.keepListed(live, listed('a', 1, 1));
      await store.copyListed(next, listed('a', 1, 1));
      await store.keepListed(next, listed('a', 2, 2));
      assert.deepEqual((await store.listOrders(live, {}, 10)).orders, [listed('a', 1, 1)]);
      assert.deepEqual((await store.listOrders(next, {}, 10)).orders, [listed('a', 2, 2)]);
    });
  });

  describe(`the rows that a replay deletes: ${name}`, () => {
    it('are found on several pages while they are deleted, and no other row goes', async () => {
      const { orderList: store, once } = storesOf();
      const [tenant, other] = [freshTenant(), freshTenant()];
      const lists = [
        { tenant, generation: 1 },
        { tenant, generation: 2 },
        { tenant: other, generation: 1 },
      ] as const;
      await sideBySide(manyRows, (index) => store.keepListed(lists[0], listed(`o-${index}`, 1, index)));
      for (const list of lists.slice(1)) await store.keepListed(list, listed('stays', 1, 1));
      await once.commit(creation({ tenant, type: 'order', id: 'stays' }));
      let deleted = 0;
      const pages = await pagesOf(async (position) => {
        const page = await store.scanListed(position);
        for (const row of page.rows.filter(({ list }) => list.tenant === tenant && list.generation === 1)) {
          await store.removeListed(row.list, row.position);
          // A second worker, or the same one after a crash.
          await store.removeListed(row.list, row.position);
          deleted += 1;
        }
        return page;
      });
      assert.ok(pages.length > 1, `${pages.length} pages`);
      assert.equal(deleted, manyRows);
      assert.deepEqual((await store.listOrders(lists[0], {}, 10)).orders, []);
      for (const list of lists.slice(1))
        assert.deepEqual((await store.listOrders(list, {}, 10)).orders, [listed('stays', 1, 1)]);
      assert.deepEqual(await scanned({ type: 'order', tenant }), ['stays http#create']);
    });

    it('have their list, their position and their order', async () => {
      const [store, list] = [storesOf().orderList, { tenant: freshTenant(), generation: 7 }];
      const order = listed('a', 3, 12);
      await store.copyListed(list, order);
      const pages = await pagesOf((position) => store.scanListed(position));
      const own = pages.flatMap(({ rows }) => rows).filter((row) => row.list.tenant === list.tenant);
      assert.deepEqual(
        own.map((row) => [row.list, row.position, row.read()]),
        [[list, positionOf(order), order]],
      );
    });
  });
}
