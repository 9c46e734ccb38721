import type { Log } from '#shared/messaging/system.ts';
import { randomOf } from '#test/support/harness/random.ts';
import { isIdle, violationsOf } from './checker.ts';
import { startClients } from './clients.ts';
import { type Conditions, conditionsOf, timeOfFaultyCode } from './conditions.ts';
import { startCustomers } from './customers.ts';
import { type Fault, faultsOf } from './faults.ts';
import type { Violation } from './invariants.ts';
import { cleanUp, redrivesOf, startOperators } from './operators.ts';
import { startPeople } from './people.ts';
import { notificationsOf } from './rows.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

export type RunOptions = {
  seed: number;
  orders: number;
  /** Only these faults may strike: for shrinking. */
  only?: ReadonlySet<string>;
  log?: Log;
  /** The feed breaks its margin, whatever the seed determines. */
  beyondMargin?: boolean;
  /** Without additional conditions, as in all runs of early releases. */
  plain?: boolean;
  /** What the run has, whatever the seed determines. Not together with `plain`. */
  always?: Always;
};

/** The commands and processes of an order, or operators. */
export type Always = 'processes' | 'operators';

export type RunResult = {
  violations: Violation[];
  struck: ReadonlyMap<string, Fault>;
  orders: number;
  steps: number;
  /** Calls that providers received, and those that they accepted. */
  calls: number;
  accepted: number;
  notifications: number;
  statuses: Record<string, number>;
  /** Notifications by channel. */
  channels: Record<string, number>;
  /** Those that wait for a person, by channel and reason. */
  held: Record<string, number>;
  doubled: number;
  /** Of operators, and the messages that they sent. */
  redrives: number;
  redriven: number;
  conditions: Conditions;
};

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
/** Virtual time after which a system that is not idle counts as stuck. */
const PATIENCE_MS = 12 * 60 * MINUTE;

/** Runs one stage with its clients through the faults of one seed until it is idle, and checks the invariants. */
export async function runOnce({
  seed,
  orders,
  only,
  log = SILENT,
  beyondMargin = false,
  plain = false,
  always,
}: RunOptions): Promise<RunResult> {
  const scheduler = createScheduler(START);
  const draws = randomOf(seed, 'conditions');
  const conditions: Conditions = {
    ...conditionsOf(seed, START, plain),
    ...(beyondMargin && { feedKeepsMargin: false }),
  };
  if (always === 'processes') {
    conditions.processes = true;
    delete conditions.people;
  }
  if (always === 'operators') conditions.operators = timeOfFaultyCode(seed, START);
  const faults = faultsOf(seed, draws.chance(0.1) ? 0 : 1, only);
  const world = createWorld({ seed, scheduler, faults, conditions, log });
  // With more orders, the circuit decides how many calls leave while the account is refused, not the number of orders.
  const placed = conditions.accountPause ? orders * 3 : orders;
  const requests = startClients(seed, placed, world);
  const registrations = startCustomers(seed, [...requests], world);
  const people = conditions.people ? startPeople(seed, requests, world) : { erasing: [] };
  startOperators(seed, world);
  const faultsEnd = START + draws.between(5, 30) * MINUTE;
  const { relayOutage, release, connectOutage, accountPause, feedbackOutage, operators } = conditions;
  const outages = [relayOutage, release, connectOutage, accountPause, feedbackOutage, operators].map(
    (window) => window?.until ?? 0,
  );
  const outageEnd = Math.max(faultsEnd, ...outages);
  scheduler.after(outageEnd - START, faults.stop);
  if (world.operations) scheduler.after(outageEnd - START, () => cleanUp(world));
  let checkedAt = 0;
  await scheduler.run(() => {
    if (scheduler.now() > outageEnd + PATIENCE_MS) return true;
    if (scheduler.now() < outageEnd || scheduler.now() < checkedAt + MINUTE) return false;
    checkedAt = scheduler.now();
    return isIdle(world, conditions);
  });
  const states = notificationsOf(world).map(({ notification }) => notification);
  return {
    violations: await violationsOf(world, { requests, people, registrations }, conditions, faults.struck),
    struck: faults.struck,
    orders: placed,
    steps: scheduler.steps(),
    calls: world.email.calls.length + world.sms.calls.length,
    accepted: world.email.accepted.length + world.sms.accepted.length,
    notifications: states.length,
    statuses: countsOf(states, ({ status }) => status),
    channels: countsOf(states, ({ channel }) => channel),
    held: countsOf(states, (state) => (state.status === 'HELD' ? `${state.channel} ${state.reason}` : undefined)),
    doubled: states.filter(({ doubled }) => doubled).length,
    redrives: redrivesOf(world).filter(({ startedAt }) => startedAt !== undefined).length,
    redriven: world.letters.sends.length,
    conditions,
  };
}

/** How many there are of each kind; undefined: of none. */
function countsOf<Value>(
  values: readonly Value[],
  kindOf: (value: Value) => string | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of values.map(kindOf)) if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
