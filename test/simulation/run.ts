import type { Log } from '#shared/ports.ts';
import { isQuiet, type Violation, violationsOf } from './checker.ts';
import { startClients } from './clients.ts';
import { type Fault, faultsOf } from './faults.ts';
import { randomOf } from './random.ts';
import { createScheduler } from './scheduler.ts';
import { type Conditions, createWorld } from './world.ts';

export type RunOptions = {
  seed: number;
  orders: number;
  /** Only these faults may strike: for shrinking. */
  only?: ReadonlySet<string>;
  log?: Log;
  /** The feed breaks its margin, whatever the seed says of it. */
  beyondMargin?: boolean;
};

export type RunResult = {
  violations: Violation[];
  struck: ReadonlyMap<string, Fault>;
  steps: number;
  /** Calls that providers got, and those that they took. */
  calls: number;
  accepted: number;
  notifications: number;
  statuses: Record<string, number>;
  doubled: number;
  conditions: Conditions;
};

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
/** Virtual time after which a system that does not come to rest is called stuck. */
const PATIENCE_MS = 12 * 60 * MINUTE;

/** Runs one stage with its clients through the faults of one seed, until it is quiet, and judges it. */
export async function runOnce({
  seed,
  orders,
  only,
  log = SILENT,
  beyondMargin = false,
}: RunOptions): Promise<RunResult> {
  const scheduler = createScheduler(START);
  const draws = randomOf(seed, 'conditions');
  const conditions = { ...conditionsOf(seed), ...(beyondMargin && { feedKeepsMargin: false }) };
  const faults = faultsOf(seed, draws.chance(0.1) ? 0 : 1, only);
  const world = createWorld({ seed, scheduler, faults, conditions, log });
  const wishes = startClients(seed, orders, world);
  const faultsEnd = START + draws.between(5, 30) * MINUTE;
  const outageEnd = Math.max(faultsEnd, conditions.relayOutage?.until ?? 0, conditions.release?.until ?? 0);
  scheduler.after(outageEnd - START, faults.stop);
  let checkedAt = 0;
  let quiet = false;
  await scheduler.run(() => {
    if (quiet || scheduler.now() > outageEnd + PATIENCE_MS) return true;
    if (scheduler.now() < outageEnd || scheduler.now() < checkedAt + MINUTE) return false;
    checkedAt = scheduler.now();
    quiet = isQuiet(world);
    return quiet;
  });
  const notifications = [...world.store.states.values()].filter(({ key }) => key.notificationId !== undefined);
  const states = notifications.map(({ stored }) => stored.state as { status: string; doubled?: true });
  return {
    violations: violationsOf(world, wishes, conditions),
    struck: faults.struck,
    steps: scheduler.steps(),
    calls: world.email.calls.length + world.sms.calls.length,
    accepted: world.email.accepted.length + world.sms.accepted.length,
    notifications: notifications.length,
    statuses: Object.fromEntries(
      [...Map.groupBy(states, ({ status }) => status)].map(([status, same]) => [status, same.length]),
    ),
    doubled: states.filter(({ doubled }) => doubled).length,
    conditions,
  };
}

function conditionsOf(seed: number): Conditions {
  const draws = randomOf(seed, 'weather');
  const minute = (least: number, most: number): number => START + draws.between(least, most) * MINUTE;
  const conditions: Conditions = {
    feedKeepsMargin: !draws.chance(0.1),
    feed: randomOf(seed, 'feed').chance(0.5) ? 'brisk' : 'patient',
  };
  if (draws.chance(0.1)) {
    const from = minute(0, 2);
    // Sometimes for days: longer than the stream keeps what nobody read.
    conditions.relayOutage = { from, until: from + (draws.chance(0.05) ? 2 * 24 * 60 : draws.between(5, 60)) * MINUTE };
  }
  if (draws.chance(0.1)) {
    const from = minute(0, 3);
    conditions.feedStall = { from, until: from + draws.between(2, 12) * MINUTE };
  }
  if (draws.chance(0.15)) conditions.release = { from: minute(0, 2), until: minute(6, 20) };
  return conditions;
}
