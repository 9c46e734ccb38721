import { setTimeout as sleep } from 'node:timers/promises';
import type { CallCount, FaultRule } from '#test/support/control.ts';
import { type Outputs, removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { untilIdle } from '#test/support/harness/until-idle.ts';
import { usersOf } from '#test/support/local.ts';
import { withoutSchedules } from '#test/support/measured-orders.ts';
import { startSystem } from '../start-system.ts';
import { placeOrders } from './clients.ts';
import { faultPlan } from './fault-plan.ts';
import { judge, type Mail, type Placed, type Verdict } from './judge.ts';
import { remainingIn } from './remaining.ts';
import type { System } from './systems.ts';

export type RunOptions = {
  orders: number;
  ordersPerSecond: number;
  seed: number;
  /** Of each kind of fault, for each call. */
  probability: number;
  print: (line: string) => void;
};

/** The verdict on one round of orders, and the calls that functions made during the round. */
export type Round = { verdict: Verdict; calls: CallCount[] };
export type Result = { system: System; plain: Round; faulty: Round; faults: (FaultRule & { hits: number })[] };

/** How long faults go on after the last answer, because accepted orders are still handled. */
const FAULTY_TAIL_MS = 20_000;
/**
 * How long nothing may happen until a system counts as idle. This is longer than the 42 s and the minute after which
 * queues deliver a message again, and than the minute after which a schedule starts a crashed function again, with time
 * for its work.
 */
const IDLE_MS = 90_000;
/** A message may be received five times, every 42 s, and waits for the messages before it. */
const PATIENCE_MS = 900_000;
const IDLE_WITHOUT_FAULTS_MS = 5000;

/** Runs a system on a separate local cloud: first orders without faults, to measure their cost, then as many with. */
export async function run(system: System, options: RunOptions): Promise<Result> {
  const dataDir = temporaryFolder();
  try {
    const cloud = await startSystem(system, dataDir, options.print);
    try {
      const context: RunContext = { system, options, outputs: cloud.outputs, users: usersOf(cloud) };
      const plain = await withoutFaults(context);
      return { system, plain, ...(await withFaults(context)) };
    } finally {
      await cloud.stop();
    }
  } finally {
    removeFolder(dataDir);
  }
}

type RunContext = { system: System; options: RunOptions; outputs: Outputs; users: ReturnType<typeof usersOf> };

/** @throws Error unless each order leads to exactly one e-mail: then the benchmark is wrong, not the system. */
async function withoutFaults(context: RunContext): Promise<Round> {
  const { control } = context.users;
  await place(context, 'warm-up', 3);
  await waitUntilIdle(context, IDLE_WITHOUT_FAULTS_MS);
  if (context.system.scheduled) await withoutSchedules(context.users);
  await control.resetCalls();
  const placed = await place(context, 'plain', context.options.orders);
  await waitUntilIdle(context, IDLE_WITHOUT_FAULTS_MS);
  const verdict = judge(placed, await mailsOf(context, 'plain'), { unsent: [], stored: [] });
  const { orders, accepted, lost, stuck, doubled, phantom } = verdict;
  if (accepted !== orders || lost + stuck + doubled + phantom > 0) {
    throw new Error(`${context.system.title} fails without any fault: ${JSON.stringify({ ...verdict, delaysMs: [] })}`);
  }
  const calls = await control.calls();
  if (context.system.scheduled) await control.resume(context.system.scheduled);
  return { verdict, calls };
}

async function withFaults(context: RunContext): Promise<Pick<Result, 'faulty' | 'faults'>> {
  const { control } = context.users;
  const { orders, seed, probability } = context.options;
  await control.resetCalls();
  await control.injectSeeded(seed, ...faultPlan(probability));
  const placed = await place(context, 'faulty', orders);
  await sleep(FAULTY_TAIL_MS);
  const faults = await control.faults();
  await control.heal();
  await waitUntilIdle(context, IDLE_MS);
  const calls = await control.calls();
  const remaining = await remainingIn(context.outputs, context.system);
  return { faulty: { verdict: judge(placed, await mailsOf(context, 'faulty'), remaining), calls }, faults };
}

function place({ users, options }: RunContext, round: string, count: number): Promise<Placed[]> {
  return placeOrders(users.acme, { count, ordersPerSecond: options.ordersPerSecond, round });
}

function waitUntilIdle({ users, outputs, system }: RunContext, idleMs: number): Promise<void> {
  return untilIdle(users, outputs, { idleMs, patienceMs: PATIENCE_MS, scheduled: system.scheduled });
}

async function mailsOf({ users }: RunContext, round: string): Promise<Mail[]> {
  return (await users.inbox.emails()).filter(({ to }) => to.some((address) => address.startsWith(`${round}-`)));
}
