import type { Log } from '#shared/messaging/system.ts';
import { FUNCTION } from '#shared/names.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { isIdle, violationsOf } from './checker.ts';
import type { Conditions } from './conditions.ts';
import { type Fault, type Faults, faultsAt } from './faults.ts';
import type { Violation } from './invariants.ts';
import { askUntilAnswered, cleanUp, redrivesOf, verbOf } from './operators.ts';
import { askForMessage } from './people.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld, type World } from './world.ts';

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const RATE_PER_SECOND = 500;
/** Of the rate, over the time in which members are sent. */
const TOLERANCE = 0.2;
/** A request, or an answer, takes a few milliseconds, as in one region. */
const LONGEST_WAY_MS = 8;
/** All requests have failed by then, and the fix is deployed. */
const FIXED_AT = START + MINUTE;
/** The redrive begins before this invocation of its schedule, so that two workers meet. */
const STARTED_AT = START + 2 * MINUTE - SECOND;
const LONGEST_MS = 60 * MINUTE;
/** A call that is repeated after its timeout takes this long. No other member is sent then. */
const STALL_MS = 2 * SECOND;
/** What the rate allows in half a second. */
const FIRST_PAGE = RATE_PER_SECOND / 2;
/** Faults that end a worker, or its lease. No member is sent until another one takes over. */
const ENDS_WORKER: readonly Fault[] = ['crash-before', 'crash-after', 'freeze-before', 'freeze-after'];

/** Lost answers, duplicates, late deliveries, and environments that die. Thousands of calls are made in each run. */
const RATES = new Map<Fault, number>([
  ...(['crash-before', 'crash-after', 'freeze-before', 'freeze-after'] as const).map((one) => [one, 0.004] as const),
  ...(['lost-request', 'lost-response', 'late', 'throttle'] as const).map((one) => [one, 0.02] as const),
  ...(['duplicate-delivery', 'poller-gone', 'partial-publish', 'stale-index'] as const).map(
    (one) => [one, 0.02] as const,
  ),
  ...(['transaction-conflict', 'stream-loss', 'stream-repeat', 'feedback-late'] as const).map(
    (one) => [one, 0.02] as const,
  ),
]);
/** Of the faults of its calls, those that strike the worker: it makes hundreds of calls in a second, and waits for each. */
const SHARES_OF_WORKER = [0, 0.02, 0.02];

export type RateOptions = {
  seed: number;
  /** Messages that fail, and are redriven. */
  messages: number;
};

type Rate = {
  /** Members of the redrive that were sent, each counted once, and in how many seconds. */
  sent: number;
  seconds: number;
  /** Members in a second, without the time until another worker takes over from one that died. */
  leastPerSecond: number;
  /** Members in a second, over all the time in which a worker had the redrive. */
  mostPerSecond: number;
  workers: number;
};

export type RateResult = Rate & { violations: Violation[]; struck: ReadonlyMap<string, Fault> };

/** One redrive of thousands of messages at the highest rate, while faults strike everything, and its workers. */
export async function redriveAtFullRate({ seed, messages }: RateOptions): Promise<RateResult> {
  const scheduler = createScheduler(START);
  const conditions: Conditions = {
    ...{ feedKeepsMargin: true, feed: 'brisk' },
    operators: { from: START, fixedFrom: FIXED_AT, until: FIXED_AT },
  };
  const faults = sparingWorkers(seed, faultsAt(RATES, { seed }));
  const senders = { concurrency: 200, ratePerSecond: 2 * RATE_PER_SECOND };
  const world = createWorld({
    ...{ seed, scheduler, faults, conditions, log: SILENT, senders, failsAtAll: true, longestWayMs: LONGEST_WAY_MS },
  });
  for (let number = 1; number <= messages; number += 1) {
    const id = `m${number}`;
    const random = randomOf(seed, id);
    const ask = () => askForMessage({ tenant: 'acme', id, to: [`${id}@example.com`] }, random, world);
    scheduler.after(random.between(0, 30 * SECOND), ask);
  }
  scheduler.after(STARTED_AT - START, () => redriveAll(randomOf(seed, 'operator'), world));
  const work = { lastAt: 0 };
  await scheduler.run(untilIdle(world, conditions, faults, work));
  const found = { requests: [], people: { erasing: [] }, registrations: [] };
  const violations = await violationsOf(world, found, conditions, faults.struck);
  const ends = [...faults.struck].filter(([key, fault]) => isOfWorker(key) && ENDS_WORKER.includes(fault)).length;
  const rate = rateOf(world, work.lastAt, ends);
  if (!isSustained(rate)) violations.push({ invariant: 'a redrive keeps its rate', about: JSON.stringify(rate) });
  return { violations, struck: faults.struck, ...rate };
}

/** The faults end with the redrive. What is left is redriven, until nothing is left to do. */
function untilIdle(
  world: World,
  conditions: Conditions,
  faults: Faults,
  work: { lastAt: number },
): () => boolean | Promise<boolean> {
  const { scheduler } = world;
  let isOver = false;
  let lookedAt = START;
  const look = (): void => {
    const [redrive] = redrivesOf(world);
    if (!redrive) return;
    if (redrive.counts.waiting > 0) work.lastAt = scheduler.now();
    isOver = redrive.status === 'done' && redrive.dueAt === undefined;
    if (!isOver) return;
    faults.stop();
    cleanUp(world);
  };
  return () => {
    if (scheduler.now() < lookedAt + (isOver ? MINUTE : SECOND)) return false;
    lookedAt = scheduler.now();
    if (lookedAt > START + LONGEST_MS) return true;
    if (isOver) return isIdle(world, conditions);
    if (lookedAt > STARTED_AT) look();
    return false;
  };
}

const isOfWorker = (key: string): boolean => key.startsWith(`${FUNCTION.runRedrive}#`);

/** Only a share of the faults strikes `run-redrive`. */
const sparingWorkers = (
  seed: number,
  faults: Faults,
  share = randomOf(seed, 'workers').pick(SHARES_OF_WORKER),
): Faults => ({
  ...faults,
  onCall: (key, possible) => {
    const isSpared = isOfWorker(key) && !randomOf(seed, `worker ${key}`).chance(share);
    return isSpared ? undefined : faults.onCall(key, possible);
  },
});

/** Plans a redrive of all dead letters, and starts it. */
function redriveAll(random: Random, world: World): void {
  const actor = 'ada';
  const body = {
    selection: { subscriber: FUNCTION.sendEmail },
    ...{ ratePerSecond: RATE_PER_SECOND, canary: [], stopAbove: 1 },
  };
  const plan = { actor, routeKey: 'POST /redrives', key: 'plan', body };
  askUntilAnswered(plan, random, world, ({ json: { redriveId } }) => {
    askUntilAnswered(verbOf({ verb: 'start', redriveId: String(redriveId), actor, key: 'start' }), random, world);
  });
}

/**
 * Of the first redrive: what its queue got, each member once, while members waited. A member whose outcome is unknown is
 * sent when it is settled.
 * @param lastAt when members were last seen to wait. @param ends how many faults have ended a worker, or its lease.
 */
function rateOf({ letters: { sends } }: World, lastAt: number, ends: number): Rate {
  const own = sends.filter(({ redriveId }) => redriveId === sends[0]?.redriveId);
  const firsts = new Map<string, number>();
  for (const { deadLetterId, at } of own) if (!firsts.has(deadLetterId)) firsts.set(deadLetterId, at);
  const times = [...firsts.values()].filter((at) => at <= lastAt).sort((one, other) => one - other);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const longest = [...pauses].sort((one, other) => other - one).slice(0, ends);
  const withoutWorker = longest.filter((pauseMs) => pauseMs > STALL_MS);
  const over = (ms: number): number => Math.round((times.length * 1000) / Math.max(1, ms));
  return {
    sent: times.length,
    seconds: sumOf(pauses) / 1000,
    leastPerSecond: over(sumOf(pauses) - sumOf(withoutWorker)),
    mostPerSecond: over(sumOf(pauses.map((pauseMs) => Math.min(pauseMs, STALL_MS)))),
    workers: new Set(own.map(({ worker }) => worker)).size,
  };
}

/** One call that is repeated may take two seconds, and the first page comes at once. */
function isSustained({ sent, leastPerSecond, mostPerSecond }: Rate): boolean {
  const least = (1 - TOLERANCE) * RATE_PER_SECOND;
  const most = (1 + TOLERANCE) * RATE_PER_SECOND;
  const stalled = (RATE_PER_SECOND * STALL_MS) / SECOND;
  const secondsFor = (perSecond: number): number => sent / perSecond;
  return (
    sent + stalled >= least * secondsFor(leastPerSecond) &&
    sent - stalled - FIRST_PAGE <= most * secondsFor(mostPerSecond)
  );
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
