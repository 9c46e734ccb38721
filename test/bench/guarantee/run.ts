import { setTimeout as sleep } from 'node:timers/promises';
import { type Cloud, startCloud } from '#infra/local/cloud.ts';
import type { CallCount, FaultRule } from '#test/support/control.ts';
import { type Outputs, removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { untilQuiet } from '#test/support/harness/quiet.ts';
import { usersOf } from '#test/support/local.ts';
import { withoutWakeDue } from '#test/support/measured-orders.ts';
import { placeOrders } from './clients.ts';
import { faultPlan } from './fault-plan.ts';
import { judge, type Mail, type Placed, type Verdict } from './judge.ts';
import { leftIn } from './left.ts';
import type { System } from './systems.ts';

export type RunOptions = {
  orders: number;
  ordersPerSecond: number;
  seed: number;
  /** Of each kind of fault, for each call. */
  probability: number;
  say: (line: string) => void;
};

/** One round of orders, what came of it, and the calls that functions made meanwhile. */
export type Round = { verdict: Verdict; calls: CallCount[] };
export type Result = { system: System; plain: Round; faulty: Round; faults: (FaultRule & { hits: number })[] };

/** How long after the last answer calls go on meeting faults: what was accepted is still on its way. */
const FAULTY_TAIL_MS = 20_000;
/**
 * How long nothing may happen before it is the end: longer than the 42 s and the minute after which the queues hand a
 * message out again, and than the minute in which a schedule starts again what died, with time for its work.
 */
const QUIET_MS = 90_000;
/** A message that is received five times comes back after each 42 s, and waits for others before it. */
const PATIENCE_MS = 900_000;
const QUIET_WITHOUT_FAULTS_MS = 5000;

/** Runs a system on a local cloud of its own: orders without faults, for what they cost, then as many with. */
export async function run(system: System, options: RunOptions): Promise<Result> {
  const dataDir = temporaryFolder();
  try {
    const cloud = await startSystem(system, dataDir, options);
    try {
      const bench: Bench = { system, options, outputs: cloud.outputs, users: usersOf(cloud) };
      const plain = await withoutFaults(bench);
      return { system, plain, ...(await withFaults(bench)) };
    } finally {
      await cloud.stop();
    }
  } finally {
    removeFolder(dataDir);
  }
}

type Bench = { system: System; options: RunOptions; outputs: Outputs; users: ReturnType<typeof usersOf> };

function startSystem({ synthesize }: System, dataDir: string, { say }: RunOptions): Promise<Cloud> {
  return startCloud({
    port: 0,
    dataDir,
    fresh: false,
    environment: process.env,
    signal: new AbortController().signal,
    // A line for every fault and every failed batch; they stand in the data folder's log, too.
    log: () => undefined,
    onFailure: (error) => say(error.message),
    synthesize,
  });
}

/** @throws Error if anything but one mail for each order comes of it: then the bench is wrong, not the system. */
async function withoutFaults(bench: Bench): Promise<Round> {
  const { control } = bench.users;
  await place(bench, 'warm-up', 3);
  await quiet(bench, QUIET_WITHOUT_FAULTS_MS);
  if (bench.system.scheduled) await withoutWakeDue(bench.users);
  await control.resetCalls();
  const placed = await place(bench, 'plain', bench.options.orders);
  await quiet(bench, QUIET_WITHOUT_FAULTS_MS);
  const verdict = judge(placed, await mailsOf(bench, 'plain'), { unsent: [], stored: [] });
  const { orders, accepted, lost, stuck, doubled, phantom } = verdict;
  if (accepted !== orders || lost + stuck + doubled + phantom > 0) {
    throw new Error(`${bench.system.title} fails without any fault: ${JSON.stringify({ ...verdict, delaysMs: [] })}`);
  }
  const calls = await control.calls();
  if (bench.system.scheduled) await control.resume(bench.system.scheduled);
  return { verdict, calls };
}

async function withFaults(bench: Bench): Promise<Pick<Result, 'faulty' | 'faults'>> {
  const { control } = bench.users;
  const { orders, seed, probability } = bench.options;
  await control.resetCalls();
  await control.injectSeeded(seed, ...faultPlan(probability));
  const placed = await place(bench, 'faulty', orders);
  await sleep(FAULTY_TAIL_MS);
  const faults = await control.faults();
  await control.heal();
  await quiet(bench, QUIET_MS);
  const calls = await control.calls();
  const left = await leftIn(bench.outputs, bench.system);
  return { faulty: { verdict: judge(placed, await mailsOf(bench, 'faulty'), left), calls }, faults };
}

function place({ users, options }: Bench, round: string, count: number): Promise<Placed[]> {
  return placeOrders(users.acme, { count, ordersPerSecond: options.ordersPerSecond, round });
}

function quiet({ users, outputs, system }: Bench, quietMs: number): Promise<void> {
  return untilQuiet(users, outputs, { quietMs, patienceMs: PATIENCE_MS, scheduled: system.scheduled });
}

async function mailsOf({ users }: Bench, round: string): Promise<Mail[]> {
  return (await users.inbox.emails()).filter(({ to }) => to.some((address) => address.startsWith(`${round}-`)));
}
