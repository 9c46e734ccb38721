import { setTimeout as sleep } from 'node:timers/promises';
import { inboxOf } from '#test/support/api.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import type { PlannedReplay } from './plan.ts';
import { replayIdOf, replayStarting, replayStopping } from './requests.ts';
import type { Sending } from './sending.ts';
import type { Stage } from './stage.ts';
import type { Beside } from './tenants.ts';

/** An operator, who builds the list of orders again and again. */

const LOOK_EVERY_MS = 500;
/** A replay waits for leases of functions that died, half a minute each. */
const PATIENCE_MS = 600_000;

/** Replays while orders are placed. One replay of a read model runs at a time. */
export async function runReplays(beside: Beside, sending: Sending): Promise<void> {
  for (const planned of beside.plan.replays) {
    while (beside.placed() < planned.afterOrder) await sleep(LOOK_EVERY_MS);
    await runReplay(planned, beside, sending);
  }
}

/** Starts a replay, perhaps stops it, and waits until it is finished. */
async function runReplay(
  planned: PlannedReplay,
  { run, seed }: Pick<Beside, 'run' | 'seed'>,
  { recorded, sendUntilAnswered, send }: Sending,
): Promise<void> {
  const random = randomOf(seed, `replay ${planned.number}`);
  const from = planned.isFrom ? new Date(Date.now() - FROM_MS).toISOString() : undefined;
  const request = recorded(replayStarting(planned, from, run));
  const tries = planned.twice ? [request, request] : [request];
  const [answer] = await Promise.all(tries.map((one) => sendUntilAnswered(one, random)));
  if (answer?.status !== 202) return;
  const replayId = replayIdOf(request);
  if (planned.stopAfterMs !== undefined) {
    await sleep(planned.stopAfterMs);
    await sendUntilAnswered(recorded(replayStopping(request, replayId)), random);
  }
  await untilFinished(replayId, random, send);
}

/** How far back a replay begins that does not begin at the first message. */
const FROM_MS = 20_000;

/** Waits until nothing is left to do. The judge finds out if this gave up. */
async function untilFinished(replayId: string, random: Random, send: Sending['send']): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { status, text } = await send('operator', { method: 'GET', path: `/replays/${replayId}` }, random);
    if (status === 200 && (JSON.parse(text) as { step: string }).step === 'finished') return;
    await sleep(LOOK_EVERY_MS);
  }
}

/** What the outside world sees of the stage. */
export type Outside = {
  /** Each tenant's list of orders, page by page, as the API answers it. */
  lists: string[];
  /** Number of e-mails, text messages and webhooks. */
  received: number[];
};

/** Replays the list of an idle stage. The list must not change, and nothing must be sent. */
export async function compareReplay(
  stage: Stage,
  beside: Beside,
  sending: Sending,
): Promise<{ before: Outside; after: Outside }> {
  const before = await outside(stage.outputs(), sending);
  let hasEnded = false;
  const planned = { afterOrder: 0, number: beside.plan.replays.length + 1, isFrom: false, twice: false };
  const running = runReplay(planned, beside, sending).finally(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    await stage.tend();
    await sleep(LOOK_EVERY_MS);
  }
  await running;
  return { before, after: await outside(stage.outputs(), sending) };
}

async function outside(outputs: Outputs, { send }: Sending): Promise<Outside> {
  const random = randomOf(0, 'lists');
  const listOf = async (tenant: string): Promise<string[]> => {
    const pages: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const path = `/orders?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { text } = await send(tenant, { method: 'GET', path }, random);
      const page = JSON.parse(text) as { orders: unknown[]; nextCursor?: string };
      pages.push(JSON.stringify(page.orders));
      cursor = page.nextCursor;
    }
    return pages;
  };
  const inbox = inboxOf(outputs);
  const received = await Promise.all([inbox.emails(), inbox.sms(), inbox.webhooks()]);
  return {
    lists: [...(await listOf('acme')), ...(await listOf('globex'))],
    received: received.map(({ length }) => length),
  };
}
