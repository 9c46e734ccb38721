import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { outboxScan } from '#shared/adapters/aws/dynamodb/outbox-scan.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { ORDER } from '#shared/order/order.ts';
import { ORDER_LIST } from '#shared/order-list/ports.ts';
import { projectOrder } from '#shared/order-list/projection.ts';
import { rebuildableOrderList } from '#shared/order-list/rebuild.ts';
import { currentGenerations } from '#shared/replay/current-generations.ts';
import { replayDecider } from '#shared/replay/decider.ts';
import { begun, FIRST_GENERATIONS, GENERATIONS, generationsKey } from '#shared/replay/generations.ts';
import { REPLAY, replayKey } from '#shared/replay/replay.ts';
import { type RunPorts, replayWaker } from '#shared/replay/run.ts';
import { placeOrder } from '#test/support/orders.ts';
import { memoryLog } from '#test/support/ports.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

/** An order with a line has two events in its first version. */
const [BEFORE, DURING] = [2500, 250];
const LINE = { sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 };

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

async function sideBySide(count: number, work: (index: number) => Promise<void>): Promise<void> {
  const queue = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of queue) await work(index);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

it('5,000 events that are replayed equal the live list byte for byte, while 500 new events arrive', async (t) => {
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log: memoryLog() };
  const [orderList, orders] = [orderListStore(table), stateStore(table, ORDER)];
  const generations = stateStore(table, GENERATIONS);
  const ports = { ...system, store: onceStore(table), settings: { outboxGraceMs: 60_000, budgetMs: 5000 } };
  const store = dynamoStore(table);
  const current = currentGenerations(ORDER_LIST, { states: generations, clock: systemClock });
  let events = 0;
  const place = async (orderId: string): Promise<void> => {
    const contact = { name: 'Ada', email: 'ada@example.com' };
    await placeOrder({ tenant: 'acme', contact, orderId, lines: [LINE] }, ports);
    const record = await store.readOutbox({ tenant: 'acme', type: 'order', id: orderId }, `http#${orderId}`);
    for (const body of record?.messages ?? assert.fail()) {
      if (!JSON.parse(body).type.startsWith('counterfoil.order.')) continue;
      events += 1;
      await projectOrder(body, { orderList, orders, clock: systemClock, generations: current });
    }
  };
  /** The list in pages, as bytes. */
  const listed = async (generation: number): Promise<string> => {
    const { orders: rows } = await orderList.listOrders({ tenant: 'acme', generation }, {}, 10_000);
    return JSON.stringify(rows.map((row) => Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))));
  };
  await sideBySide(BEFORE, (index) => place(`before-${index}`));
  assert.equal(events, 2 * BEFORE);

  const key = replayKey('a'.repeat(26));
  const asked = { type: 'StartReplay', replayId: 'a'.repeat(26), projection: 'orders', generation: 2 } as const;
  const decision = replayDecider.decide(asked, undefined, { key, now: systemClock.now() });
  const [event = assert.fail()] = decision.kind === 'accepted' ? decision.events : [];
  const state = begun(FIRST_GENERATIONS, asked.replayId, undefined);
  await generations.replace(generationsKey('orders'), 0, { schemaVersion: 1, version: 1, state });
  const replay = replayDecider.evolve(undefined, event);
  await stateStore(table, REPLAY).replace(key, 0, { schemaVersion: 1, version: 1, state: replay });

  const projections = { [ORDER_LIST]: rebuildableOrderList({ orderList, orders, clock: systemClock }) };
  let live = '';
  const replays = stateStore(table, REPLAY);
  const run: RunPorts = {
    ...system,
    replays: {
      ...replays,
      async replace(...parameters) {
        // The old list is still complete when the first page of deletions is about to begin.
        if (live === '' && parameters[2].state.step === 'deleting') live = await listed(1);
        return replays.replace(...parameters);
      },
    },
    generations,
    outbox: outboxScan(table),
    projections,
    due: store,
  };
  const arriving = sideBySide(DURING, (index) => place(`during-${index}`));
  await replayWaker(systemClock.now() + 240_000, run)([{ key, dueAt: 0 }]);
  await arriving;
  const done = (await replays.read(key))?.state ?? assert.fail();
  assert.deepEqual([done.status, done.step, done.skipped.count], ['done', 'finished', 0]);
  assert.equal(events, 2 * (BEFORE + DURING));
  const rebuilt = await listed(2);
  assert.equal(rebuilt, live);
  assert.equal(JSON.parse(rebuilt).length, BEFORE + DURING);
  assert.equal(await listed(1), '[]');
  t.diagnostic(`${events} events; ${JSON.stringify(done.counts)}`);
});
