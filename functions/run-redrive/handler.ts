import type { Context } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { outboxStore } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { decidingRows } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { redriversOf } from '#shared/adapters/aws/runtime/redrivers.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { FALLBACK } from '#shared/fallback/fallback.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { readableDue } from '#shared/once/readable-due.ts';
import { REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import { REDRIVE } from '#shared/redrive/redrive.ts';
import { verdictsOf } from '#shared/redrive/verdicts.ts';
import { type WatchPorts, watchRedrives } from '#shared/redrive/watch.ts';

const { queues, longestWaitSeconds } = readEnvironment({
  queues: [ENV.subscriberQueues, 'text'],
  longestWaitSeconds: [ENV.redriveWaitSeconds, 'number'],
});
const table = ownTable();
const log = jsonLog();
const due = readableDue(dueIndex(table), { clock: systemClock, log, counters: cloudWatchCounters() });
const outbox = outboxStore(table);
const executor = {
  store: onceStore(table),
  settings: executorSettings(2000),
  clock: systemClock,
  timer: systemTimer,
  random: systemRandomness,
  subscriber: FUNCTION.runRedrive,
};
const redrivers = redriversOf(queues, {
  ...executor,
  outbox,
  erasures: stateStore(table, ERASURE),
  replacements: stateStore(table, FALLBACK),
  announcedAfterMs: longestWaitSeconds * 1000,
  log,
});
const planning = { plannerOf: plannersOf(redrivers.subscribers.join(' ')), rowsAt: decidingRows(table) };

const ports: Omit<WatchPorts, 'worker'> = {
  redrives: stateStore(table, REDRIVE),
  chunks: stateStore(table, REDRIVE_CHUNK),
  letters: deadLetterStore(table),
  verdictsOf: (letters) => verdictsOf(letters, planning),
  redriverOf: redrivers.redriverOf,
  pausedSubscribers: pausedSubscribers({ pauses: stateStore(table, PAUSES), readings: stateStore(table, READINGS) }),
  longestWaitMs: longestWaitSeconds * 1000,
  ...executor,
  due,
  log,
};

/** Reserved, so that a page that has started can finish before the function times out. */
const PAGE_MS = 10_000;
/** A start or resume is visible in the index within this time. */
const NUDGE_MS = 5000;

/**
 * Continues redrives until its time ends. It starts every minute, and at once when a redrive is started or resumed: the
 * table's stream invokes it. It ends at once if no redrive is due. It runs for longer than a minute, so that the next
 * invocation waits for its lease and no time passes between the two.
 */
export const handler = invocable(log, async (event: unknown, context: Context): Promise<{ redrives: number }> => {
  const now = systemClock.now();
  const until = now + context.getRemainingTimeInMillis() - PAGE_MS;
  const lookUntil = isOfStream(event) ? now + NUDGE_MS : now;
  return { redrives: await watchRedrives({ until, lookUntil }, { ...ports, worker: context.awsRequestId }) };
});

const isOfStream = (event: unknown): boolean => typeof event === 'object' && event !== null && 'Records' in event;
