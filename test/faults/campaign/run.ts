import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilUnchanged } from '#test/support/harness/until-idle.ts';
import { usersOf } from '#test/support/local.ts';
import { forgottenCalls } from './calls.ts';
import { type Clients, createClients } from './clients.ts';
import type { Facts } from './facts.ts';
import { dueRows, gather, PATIENCE_MS, UNFINISHED_KINDS, waitingMessages } from './gather.ts';
import { violationsIn } from './judge.ts';
import { createObserver } from './observer.ts';
import { compareReplay, runReplays } from './operator.ts';
import { redriveTheRest, runShifts } from './operators.ts';
import { type CampaignSize, type Killed, type Lull, type Plan, planOf } from './plan.ts';
import { WITHOUT_FAULTS } from './plan-faults.ts';
import { sendPoison } from './poison.ts';
import { createSending } from './sending.ts';
import { openStage, type Stage } from './stage.ts';
import { changeLooks, setEndpoints, setFirstLooks } from './tenants.ts';
import type { Violation } from './violations.ts';

/** What a campaign did, and its results. */
export type Campaign = CampaignSize & {
  plan: Plan;
  facts: Facts;
  violations: Violation[];
  /** Faults by `<function> <service> <operation> <fault>`. */
  hits: Map<string, number>;
  kills: Map<Killed, number>;
  /** Calls of functions that no rule covers. */
  callsWithoutFaults: string[];
  /** How often the local cloud ended without a kill. */
  collapses: number;
  wakes: number;
  seconds: number;
  /** Kept if something is wrong. */
  dataDir: string;
};

const ORDERS_PER_SECOND = 10;
const CONCURRENCY = 16;
/** Clients wait while more than this part of the orders is unfinished, so that senders meet the same faults. */
const PARTS_UNDER_WAY = 20;
const LEAST_UNDER_WAY = 20;
const LONG_SECONDS = 15;
/** An engine that is killed while it starts counts as one that cannot start. After a slow step, several kills may be due. */
const KILL_PAUSE_MS = 15_000;
/** After the last order. */
const OPERATORS_UNDER_FAULTS_MS = 20_000;
const TICK_MS = 50;
const TEND_EVERY_MS = 2000;
/** Longer than the longest delay of the provider's feed, and than any poll. */
const IDLE_MS = 6000;

/** Runs a campaign on a separate local cloud. Its folder is removed if nothing is wrong. */
export async function runCampaign(size: CampaignSize, print: (line: string) => void): Promise<Campaign> {
  const startedAt = performance.now();
  const plan = planOf(size);
  const dataDir = temporaryFolder();
  const observer = createObserver();
  const stage = await openStage(dataDir, print, async (outputs) => {
    await observer.listen(outputs);
    await setEndpoints(outputs);
  });
  try {
    const through = createSending(stage.outputs);
    const run = randomUUID().slice(0, 8);
    const pace = { ordersPerSecond: ORDERS_PER_SECOND, concurrency: CONCURRENCY };
    const clients = createClients({ seed: size.seed, run, through, ...pace });
    const beside = { plan, run, seed: size.seed, placed: clients.placed };
    await setFirstLooks(beside, through);
    const operators = startBeside(runShifts(beside, through, stage.outputs));
    const others = startBeside(
      Promise.all([
        changeLooks(beside, through),
        runReplays(beside, through),
        sendPoison(beside, stage.outputs),
        operators.ended,
      ]),
    );
    await underFaults(plan, { clients, operators }, stage, print);
    await untilIdle(stage, print, others.hasEnded);
    await others.ended;
    const invoked = await operators.ended;
    for (const [index, lull] of plan.lulls.entries()) {
      await untilIdle(stage, print);
      print(`lull ${index + 1} of ${plan.lulls.length}`);
      await throughLull(lull, clients, stage, print);
    }
    await untilIdle(stage, print);
    print('operators redrive the rest');
    const leftOpen = await tended(stage, redriveTheRest(beside, through, stage.outputs));
    await untilIdle(stage, print);
    const replayed = await compareReplay(stage, beside, through);
    await untilNothingIsDue(stage, 0, print);
    await observer.stop();
    const noticed = { observed: [...observer.observed.values()], poison: plan.poison, invoked, leftOpen };
    const gathered = await gather(stage.outputs(), through.record, noticed);
    const facts = { ...gathered, replayed, fallbackAfterMs: plan.fallbackAfterMinutes * 60_000 };
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

/** Keeps the stage running until the work has ended. */
async function tended<Result>(stage: Stage, work: Promise<Result>): Promise<Result> {
  const { ended, hasEnded } = startBeside(work);
  while (!hasEnded()) {
    await stage.tend();
    await sleep(TICK_MS);
  }
  return ended;
}

/** Work beside the orders. It ends after them, so the stage is tended until then. */
function startBeside<Result>(work: Promise<Result>): { ended: Promise<Result>; hasEnded(): boolean } {
  let hasEnded = false;
  const ended = work.finally(() => {
    hasEnded = true;
  });
  // The caller awaits it later.
  ended.catch(() => undefined);
  return { ended, hasEnded: () => hasEnded };
}

/** Follows the plan while clients place their orders. The last faults stay for a while for operators who are not done. */
async function underFaults(
  plan: Plan,
  { clients, operators }: { clients: Clients; operators: { hasEnded(): boolean } },
  stage: Stage,
  print: (line: string) => void,
): Promise<void> {
  const phases = [...plan.phases];
  const kills = [...plan.kills];
  const mostDue = Math.max(LEAST_UNDER_WAY, plan.orders.length / PARTS_UNDER_WAY);
  let finishedAt = Number.POSITIVE_INFINITY;
  const placing = clients.place(plan.orders).finally(() => {
    finishedAt = Date.now();
  });
  let tendedAt = 0;
  let killedAt = 0;
  const step = async (): Promise<void> => {
    const [phase, kill, placed] = [phases[0], kills[0], clients.placed()];
    if (phase && placed >= phase.fromOrder) {
      phases.shift();
      await stage.change(phase);
      print(
        `${placed} of ${plan.orders.length} orders, ${sum(stage.hits.byPair())} faults: phase ${plan.phases.length - phases.length} of ${plan.phases.length}`,
      );
    } else if (kill && placed >= kill.afterOrder && Date.now() >= killedAt + KILL_PAUSE_MS) {
      kills.shift();
      await sleep(kill.delayMs);
      await stage.kill(kill.killed);
      killedAt = Date.now();
      print(`${placed} orders: killed ${kill.killed}`);
    } else if (Date.now() >= tendedAt + TEND_EVERY_MS) {
      await stage.tend();
      clients.hold((await dueNow(stage)) > mostDue);
      tendedAt = Date.now();
    } else await sleep(TICK_MS);
  };
  const isOver = (): boolean => Date.now() > finishedAt + (operators.hasEnded() ? 0 : OPERATORS_UNDER_FAULTS_MS);
  while (!isOver()) await timed(step, print);
  print(`all orders are placed, operators ${operators.hasEnded() ? 'are done' : 'go on without faults'}`);
  await placing;
  clients.hold(false);
}

/** Reports a slow step, so that readers know that the machine was slow. */
async function timed(step: () => Promise<void>, print: (line: string) => void): Promise<void> {
  const startedAt = Date.now();
  await step();
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if (seconds >= LONG_SECONDS) print(`the step took ${seconds} s`);
}

/** Number of rows that are unfinished. An engine that was just killed does not answer for a moment. */
async function dueNow(stage: Stage): Promise<number> {
  const { due } = await eventually('the table to answer', async () => ({
    due: await dueRows(stage.outputs(), UNFINISHED_KINDS),
  }));
  return due;
}

/** Clears all faults and waits until the stage is idle. The judge reports what is unfinished after that. */
async function untilIdle(stage: Stage, print: (line: string) => void, othersHaveEnded = () => true): Promise<void> {
  await stage.change(WITHOUT_FAULTS);
  await untilNothingIsDue(stage, IDLE_MS, print, othersHaveEnded);
}

async function throughLull(lull: Lull, clients: Clients, stage: Stage, print: (line: string) => void): Promise<void> {
  await stage.change(lull);
  await clients.place(lull.orders);
  await untilNothingIsDue(stage, 0, print);
}

async function untilNothingIsDue(
  stage: Stage,
  idleMs: number,
  print: (line: string) => void,
  othersHaveEnded = () => true,
): Promise<void> {
  let printedAt = Date.now();
  const observe = async (): Promise<'nothing due' | undefined> => {
    await stage.tend();
    const outputs = stage.outputs();
    const due = await dueRows(outputs);
    const waiting = await waitingMessages(outputs, usersOf({ outputs }).depthOf);
    if (Date.now() > printedAt + 15_000) {
      printedAt = Date.now();
      print(`${due} rows are due, ${waiting} messages wait${othersHaveEnded() ? '' : ', replays or operators go on'}`);
    }
    return due + waiting === 0 && othersHaveEnded() ? 'nothing due' : undefined;
  };
  const patience = { idleMs, patienceMs: PATIENCE_MS };
  await untilUnchanged('nothing due', observe, patience).catch((error: Error) => print(error.message));
}

export const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((all, one) => all + one, 0);
