import type { Context } from 'aws-lambda';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { outboxScan } from '#shared/adapters/aws/dynamodb/outbox-scan.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { readableDue } from '#shared/once/readable-due.ts';
import { wakeLoop } from '#shared/once/wake.ts';
import { ORDER } from '#shared/order/order.ts';
import { ORDER_LIST } from '#shared/order-list/ports.ts';
import { rebuildableOrderList } from '#shared/order-list/rebuild.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';
import { REPLAY, REPLAY_DUE } from '#shared/replay/replay.ts';
import { type RunPorts, replayWaker } from '#shared/replay/run.ts';

const table = ownTable();
const log = jsonLog();
const due = readableDue(dueIndex(table), { clock: systemClock, log, counters: cloudWatchCounters() });

const ports: RunPorts = {
  replays: stateStore(table, REPLAY),
  generations: stateStore(table, GENERATIONS),
  outbox: outboxScan(table),
  projections: {
    [ORDER_LIST]: rebuildableOrderList({
      orderList: orderListStore(table),
      orders: stateStore(table, ORDER),
      clock: systemClock,
    }),
  },
  due,
  clock: systemClock,
  timer: systemTimer,
  random: systemRandomness,
  log,
};

/** Reserved, so that a page that has started can finish before the function times out. */
const PAGE_MS = 10_000;
/** Replays that one invocation continues: at most one is building, and others delete what is no longer read. */
const MOST_REPLAYS = 5;

/** Continues replays until its time ends. It starts every minute, and ends at once if no replay is due. */
export const handler = invocable(log, async (_event: unknown, context: Context): Promise<{ replays: number }> => {
  const until = systemClock.now() + context.getRemainingTimeInMillis() - PAGE_MS;
  const replays = await wakeLoop(REPLAY_DUE, replayWaker(until, ports)).wake(due, systemClock.now(), MOST_REPLAYS);
  return { replays: replays.length };
});
