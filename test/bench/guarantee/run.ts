import { setTimeout as sleep } from 'node:timers/promises';
import { type Cloud, startCloud } from '#infra/local/cloud.ts';
import type { CallCount, FaultRule } from '#test/support/control.ts';
import { type Outputs, removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { usersOf } from '#test/support/local.ts';
import { withoutWakeDue } from '#test/support/measured-orders.ts';
import { placeOrders } from './clients.ts';
import { faultPlan } from './fault-plan.ts';
import { judge, type Mail, type Placed, type Verdict } from './judge.ts';
import { remainingIn } from './remaining.ts';
import type { System } from './systems.ts';
import { untilIdle } from './until-idle.ts';

export type RunOptions = {
  orders: number;
  ordersPerSecond: number;
  seed: number;
  /** Probability of each kind of fault, for each call. */
  probability: number;
  say: (line: string) => void;
};

/** One round of orders: its verdict, and the calls of functions during it. */
export type Round = { verdict: Verdict; calls: CallCount[] };
export type Result = { system: System; plain: Round; faulty: Round; faults: (FaultRule & { hits: number })[] };

/** How long calls meet faults after the last answer, because accepted orders are still in progress. */
const FAULTY_TAIL_MS = 20_000;
/**
 * The idle time after which a round has ended. It is longer than the 42 s and the minute after which the queues deliver a
 * message again, and longer than the minute in which a schedule invokes a killed function again, with time for its work.
 */
const IDLE_MS = 90_000;
const IDLE_WITHOUT_FAULTS_MS = 5000;

/** Runs a system on a separate local cloud: orders without faults, for their cost, then as many with faults. */
export async function run(system: System, options: RunOptions): Promise<Result> {
  const dataDir = temporaryFolder();
  try {
    const cloud = await startSystem(system, dataDir, options);
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

function startSystem({ synthesize }: System, dataDir: string, { say }: RunOptions): Promise<Cloud> {
  return startCloud({
    port: 0,
    dataDir,
    fresh: false,
    environment: process.env,
    signal: new AbortController().signal,
    // These lines, one for every fault and failed batch, are also in the log of the data folder.
    log: () => undefined,
    onFailure: (error) => say(error.message),
    synthesize,
  });
}

/** @throws Error unless each order has exactly one e-mail: then the benchmark is wrong, not the system. */
async function withoutFaults(context: RunContext): Promise<Round> {
  const { control } = context.users;
  await place(context, 'warm-up', 3);
  await quiet(context, IDLE_WITHOUT_FAULTS_MS);
  if (context.system.scheduled) await withoutWakeDue(context.users);
  await control.resetCalls();
  const placed = await place(context, 'plain', context.options.orders);
  await quiet(context, IDLE_WITHOUT_FAULTS_MS);
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
  await quiet(context, IDLE_MS);
  const calls = await control.calls();
  const left = await remainingIn(context.outputs, context.system);
  return { faulty: { verdict: judge(placed, await mailsOf(context, 'faulty'), left), calls }, faults };
}

function place({ users, options }: RunContext, round: string, count: number): Promise<Placed[]> {
  return placeOrders(users.acme, { count, ordersPerSecond: options.ordersPerSecond, round });
}

function quiet({ users, outputs, system }: RunContext, idleMs: number): Promise<void> {
  return untilIdle(users, outputs, { idleMs, scheduled: system.scheduled });
}

async function mailsOf({ users }: RunContext, round: string): Promise<Mail[]> {
  return (await users.inbox.emails()).filter(({ to }) => to.some((address) => address.startsWith(`${round}-`)));
}
