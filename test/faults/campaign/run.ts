import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilStill } from '#test/support/harness/quiet.ts';
import { usersOf } from '#test/support/local.ts';
import { forgottenCalls } from './calls.ts';
import { type Clients, createClients } from './clients.ts';
import { dueRows, type Facts, gather, PATIENCE_MS, waitingMessages } from './facts.ts';
import { violationsIn } from './judge.ts';
import { createObserver } from './observer.ts';
import { type CampaignSize, FAIR, type Killed, type Lull, type Plan, planOf } from './plan.ts';
import { openStage, type Stage } from './stage.ts';
import type { Violation } from './violations.ts';

/** What a campaign did and what came of it. */
export type Campaign = CampaignSize & {
  plan: Plan;
  facts: Facts;
  violations: Violation[];
  /** Faults by `<function> <service> <operation> <fault>`. */
  hits: Map<string, number>;
  kills: Map<Killed, number>;
  /** Calls of functions that no rule is about. */
  callsWithoutFaults: string[];
  /** How often the local cloud ended although nobody killed it. */
  collapses: number;
  wakes: number;
  seconds: number;
  /** Kept where something is wrong. */
  dataDir: string;
};

const ORDERS_PER_SECOND = 10;
const CONCURRENCY = 16;
/** Clients wait while more than this part of the orders is unfinished, so that senders meet the same faults as they do. */
const PARTS_UNDER_WAY = 20;
const LEAST_UNDER_WAY = 20;
const LONG_SECONDS = 15;
const TICK_MS = 50;
const TEND_EVERY_MS = 2000;
/** Longer than the provider's feed is ever held back, and than any poll takes. */
const QUIET_MS = 6000;

/** Runs a campaign on a local cloud of its own, in a folder that goes with it if nothing is wrong. */
export async function runCampaign(size: CampaignSize, say: (line: string) => void): Promise<Campaign> {
  const startedAt = performance.now();
  const plan = planOf(size);
  const dataDir = temporaryFolder();
  const observer = createObserver();
  const stage = await openStage(dataDir, say, observer.listen);
  try {
    const clients = createClients({
      seed: size.seed,
      outputs: stage.outputs,
      ordersPerSecond: ORDERS_PER_SECOND,
      concurrency: CONCURRENCY,
    });
    await underFaults(plan, clients, stage, say);
    for (const [index, lull] of plan.lulls.entries()) {
      await untilQuiet(stage, say);
      say(`lull ${index + 1} of ${plan.lulls.length}`);
      await throughLull(lull, clients, stage, say);
    }
    await untilQuiet(stage, say);
    await observer.stop();
    const facts = await gather(stage.outputs(), clients.record, [...observer.overheard.values()]);
    const violations = violationsIn(facts);
    await stage.stop();
    if (violations.length === 0 && stage.collapses() === 0) removeFolder(dataDir);
    return {
      ...size,
      plan,
      facts,
      violations,
      hits: stage.hits.byPair(),
      kills: stage.kills,
      callsWithoutFaults: forgottenCalls(stage.calls()),
      collapses: stage.collapses(),
      wakes: stage.wakes(),
      seconds: Math.round((performance.now() - startedAt) / 1000),
      dataDir,
    };
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

/** Follows the plan while clients place their orders. */
async function underFaults(plan: Plan, clients: Clients, stage: Stage, say: (line: string) => void): Promise<void> {
  const phases = [...plan.phases];
  const kills = [...plan.kills];
  const mostDue = Math.max(LEAST_UNDER_WAY, plan.orders.length / PARTS_UNDER_WAY);
  let finished = false;
  const placing = clients.place(plan.orders).finally(() => {
    finished = true;
  });
  let tendedAt = 0;
  const step = async (): Promise<void> => {
    const [phase, kill, placed] = [phases[0], kills[0], clients.placed()];
    if (phase && placed >= phase.fromOrder) {
      phases.shift();
      await stage.change(phase);
      say(
        `${placed} of ${plan.orders.length} orders, ${sum(stage.hits.byPair())} faults: phase ${plan.phases.length - phases.length} of ${plan.phases.length}`,
      );
    } else if (kill && placed >= kill.afterOrder) {
      kills.shift();
      await sleep(kill.delayMs);
      await stage.kill(kill.killed);
      say(`${placed} orders: killed ${kill.killed}`);
    } else if (Date.now() >= tendedAt + TEND_EVERY_MS) {
      await stage.tend();
      clients.hold((await dueNow(stage)) > mostDue);
      tendedAt = Date.now();
    } else await sleep(TICK_MS);
  };
  while (!finished) await timed(step, say);
  await placing;
  clients.hold(false);
}

/** A machine that is slow is told of, so that its campaign is read for what it is. */
async function timed(step: () => Promise<void>, say: (line: string) => void): Promise<void> {
  const startedAt = Date.now();
  await step();
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if (seconds >= LONG_SECONDS) say(`that took ${seconds} s`);
}

/** An engine that was just killed does not answer for a moment. */
async function dueNow(stage: Stage): Promise<number> {
  const { due } = await eventually('the table to answer', async () => ({ due: await dueRows(stage.outputs()) }));
  return due;
}

/** Clears all faults and waits until nothing is to happen any more. What is left after that is told by the judge. */
async function untilQuiet(stage: Stage, say: (line: string) => void): Promise<void> {
  await stage.change(FAIR);
  await untilNothingIsDue(stage, QUIET_MS, say);
}

async function throughLull(lull: Lull, clients: Clients, stage: Stage, say: (line: string) => void): Promise<void> {
  await stage.change(lull);
  await clients.place(lull.orders);
  await untilNothingIsDue(stage, 0, say);
}

async function untilNothingIsDue(stage: Stage, quietMs: number, say: (line: string) => void): Promise<void> {
  let saidAt = Date.now();
  const look = async (): Promise<'nothing due' | undefined> => {
    await stage.tend();
    const outputs = stage.outputs();
    const due = await dueRows(outputs);
    const waiting = await waitingMessages(outputs, usersOf({ outputs }).depthOf);
    if (Date.now() > saidAt + 15_000) {
      saidAt = Date.now();
      say(`${due} rows are due, ${waiting} messages wait`);
    }
    return due + waiting === 0 ? 'nothing due' : undefined;
  };
  const patience = { quietMs, patienceMs: PATIENCE_MS };
  await untilStill('nothing due', look, patience).catch((error: Error) => say(error.message));
}

export const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((all, one) => all + one, 0);
