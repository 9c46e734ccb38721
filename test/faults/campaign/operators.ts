import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterGroupView, DeadLetterView } from '#shared/dead-letter/responses.ts';
import { FUNCTION } from '#shared/names.ts';
import type { RedriveView } from '#shared/redrive/responses.ts';
import { controlOf } from '#test/support/control.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import type { Invoked, LeftOpen } from './facts.ts';
import type { PlannedPause, PlannedRedrive, PlannedShift } from './plan-operators.ts';
import type { PlannedRequest } from './requests.ts';
import {
  commanding,
  discarding,
  owning,
  planning,
  redriveIdOf,
  type Selection,
  shiftKey,
  switching,
} from './requests-operators.ts';
import type { Sending } from './sending.ts';
import type { Beside } from './tenants.ts';

/** Operators, who look after dead letters and subscribers while everything fails. */

const LOOK_EVERY_MS = 500;
/** How long a person waits for something to work on. */
const PATIENCE_MS = 30_000;
/** A redrive waits for leases of functions that died, and for messages that crash again. */
const REDRIVE_PATIENCE_MS = 300_000;
/** A pause takes effect at the next look of `watch-lanes`, which is killed, too. */
const PAUSE_PATIENCE_MS = 90_000;
const EVERYTHING = { from: '2020-01-01T00:00:00Z' };

/** One person at work. */
type Desk = {
  shift: PlannedShift;
  key: string;
  random: Random;
  sending: Sending;
  outputs: () => Outputs;
};

/** Follows the plan of each person. @returns how often subscribers were invoked while they were paused. */
export async function runShifts(beside: Beside, sending: Sending, outputs: () => Outputs): Promise<Invoked[]> {
  const { plan, run, seed, placed } = beside;
  const invoked: Invoked[] = [];
  const persons = Map.groupBy(plan.shifts, ({ person }) => person);
  const work = async (own: readonly PlannedShift[]): Promise<void> => {
    for (const shift of own) {
      while (placed() < shift.afterOrder) await sleep(LOOK_EVERY_MS);
      const random = randomOf(seed, `shift ${shift.number}`);
      const desk = { shift, key: shiftKey(run, shift), random, sending, outputs };
      invoked.push(...(await workOn(desk)));
    }
  };
  await Promise.all([...persons.values()].map(work));
  return invoked;
}

async function workOn(desk: Desk): Promise<Invoked[]> {
  const { task } = desk.shift;
  if (task.kind === 'pause') return pauseSubscriber(desk, task);
  if (task.kind === 'own') await ownGroup(desk);
  else if (task.kind === 'discard') await discardLetter(desk);
  else await redrive(desk, task);
  return [];
}

/** Sends a command as planned: once, or twice at the same time. Each is repeated until it is answered. */
async function act(
  { shift, random, sending }: Desk,
  request: PlannedRequest,
): Promise<{ status: number; text: string }> {
  const one = sending.recorded(request);
  const tries = shift.twice ? [one, one] : [one];
  const answers = await Promise.all(tries.map((same) => sending.sendUntilAnswered(same, random)));
  return answers.find(({ status }) => status >= 200 && status < 300) ?? answers[0] ?? { status: 0, text: '' };
}

/** @returns undefined: it was not found. */
async function read<Json>(
  { sending, random }: Pick<Desk, 'sending' | 'random'>,
  path: string,
): Promise<Json | undefined> {
  const { status, text } = await sending.send('operator', { method: 'GET', path }, random);
  return status === 200 ? (JSON.parse(text) as Json) : undefined;
}

/** Looks again and again until there is something. The judge finds out if this gave up in vain. */
async function until<Found>(patienceMs: number, look: () => Promise<Found | undefined>): Promise<Found | undefined> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await sleep(LOOK_EVERY_MS);
  }
}

const groupsOf = async (desk: Desk): Promise<DeadLetterGroupView[]> =>
  (await read<{ groups: DeadLetterGroupView[] }>(desk, '/dead-letters/groups'))?.groups ?? [];

/** The first page: there is always some dead letter to work on. */
const lettersOf = async (desk: Desk): Promise<DeadLetterView[]> =>
  (await read<{ deadLetters: DeadLetterView[] }>(desk, '/dead-letters'))?.deadLetters ?? [];

const someOf = <Value>(values: Value[]): Value[] | undefined => (values.length > 0 ? values : undefined);

async function ownGroup(desk: Desk): Promise<void> {
  const groups = await until(PATIENCE_MS, async () => someOf(await groupsOf(desk)));
  if (!groups) return;
  await act(desk, owning(`${desk.key}-OWN`, desk.random.pick(groups).fingerprint, `team ${desk.shift.number}`));
}

/** Without these, an invoice or a figure is missing, and nothing else. Poison has no message at all. */
const DISCARDED: readonly string[] = [FUNCTION.requestWebhooks, FUNCTION.projectStatistics];

async function discardLetter(desk: Desk): Promise<void> {
  const mayGo = ({ subscriber, message }: DeadLetterView) => message === undefined || DISCARDED.includes(subscriber);
  const letters = await until(PATIENCE_MS, async () => someOf((await lettersOf(desk)).filter(mayGo)));
  if (!letters) return;
  const { deadLetterId } = desk.random.pick(letters);
  await act(desk, discarding(`${desk.key}-DISCARD`, deadLetterId, `Decided in task ${desk.shift.number}`));
}

async function pauseSubscriber(desk: Desk, { subscriber, forMs }: PlannedPause): Promise<Invoked[]> {
  const { key, outputs } = desk;
  const reason = `Task ${desk.shift.number}`;
  const stateOf = async (): Promise<string | undefined> => {
    const shown = await read<{ subscribers: { subscriber: string; state: string }[] }>(desk, '/subscribers');
    return shown?.subscribers.find((one) => one.subscriber === subscriber)?.state;
  };
  // After a first start, `watch-lanes` has to measure the subscribers before one can be paused.
  await until(PAUSE_PATIENCE_MS, stateOf);
  await act(desk, switching('pause-subscriber', `${key}-PAUSE`, subscriber, reason));
  const isPaused = await until(PAUSE_PATIENCE_MS, async () => (await stateOf()) === 'paused' || undefined);
  const before = await invocationsOf(outputs(), subscriber);
  await sleep(forMs);
  const after = await invocationsOf(outputs(), subscriber);
  await act(desk, switching('resume-subscriber', `${key}-RESUME`, subscriber, reason));
  if (!isPaused || before === undefined || after === undefined) return [];
  // A cloud that was started again in between counts from zero.
  return [{ subscriber, count: Math.max(0, after - before) }];
}

/** Invocations that have begun: one that was running when the pause began may end in it. @returns undefined: the cloud does not run. */
async function invocationsOf(outputs: Outputs, name: string): Promise<number | undefined> {
  try {
    const invocations = await controlOf(outputs).invocations();
    const own = invocations.find((one) => one.function === name);
    return (own?.count ?? 0) + (own?.running ?? 0);
  } catch {
    // It was killed. The pause is not judged.
    return undefined;
  }
}

async function redrive(desk: Desk, planned: PlannedRedrive): Promise<void> {
  const { key, random, sending } = desk;
  const selection = await until(PATIENCE_MS, () => selected(desk, planned.selects));
  if (!selection) return;
  if (planned.dryRun) {
    const body = { selection, dryRun: true };
    await sending.send('operator', { method: 'POST', path: '/redrives', key: `${key}-DRY`, body }, random);
  }
  const redriveId = await planAndStart(desk, selection, planned);
  if (redriveId === undefined) return;
  if (planned.pause) {
    await sleep(planned.pause.afterMs);
    await act(desk, commanding('pause', `${key}-PAUSE`, redriveId, `Task ${desk.shift.number}`));
    await sleep(planned.pause.forMs);
    await act(desk, commanding('resume', `${key}-RESUME`, redriveId));
  }
  if (planned.stopAfterMs !== undefined) {
    await sleep(planned.stopAfterMs);
    await act(desk, commanding('stop', `${key}-STOP`, redriveId, `Task ${desk.shift.number}`));
  }
  await untilEnded(desk, redriveId);
}

async function selected(desk: Desk, selects: PlannedRedrive['selects']): Promise<Selection | undefined> {
  const letters = someOf((await lettersOf(desk)).filter(({ message }) => message !== undefined));
  if (!letters) return undefined;
  if (selects === 'all') return EVERYTHING;
  const { fingerprint } = desk.random.pick(letters);
  if (selects === 'group') return { fingerprint };
  return { ids: letters.slice(0, 20).map(({ deadLetterId }) => deadLetterId) };
}

const MOST_STARTS = 20;

/** Another person may have one of its groups: then it is started later. @returns undefined: it was not started. */
async function planAndStart(
  desk: Desk,
  selection: Selection,
  pace: Pick<PlannedRedrive, 'ratePerSecond' | 'canary' | 'stopAbove'>,
): Promise<string | undefined> {
  const plan = planning(`${desk.key}-PLAN`, selection, pace);
  if ((await act(desk, plan)).status !== 201) return undefined;
  const redriveId = redriveIdOf(plan);
  for (let tries = 1; tries <= MOST_STARTS; tries += 1) {
    const answer = await act(desk, commanding('start', `${desk.key}-START-${tries}`, redriveId));
    if (answer.status === 200) return redriveId;
    await sleep(1000);
  }
  return undefined;
}

/** Waits until it has ended, and until what it has sent is handled. */
const untilEnded = (desk: Desk, redriveId: string): Promise<RedriveView | undefined> =>
  until(REDRIVE_PATIENCE_MS, async () => {
    const shown = await read<RedriveView>(desk, `/redrives/${redriveId}`);
    const isEnded = shown?.status === 'done' || shown?.status === 'stopped';
    return isEnded && shown.counts.sent === 0 ? shown : undefined;
  });

const MOST_ROUNDS = 5;

/**
 * Redrives all that is open, on a stage without faults, until nothing is left that can be handled.
 * @returns the dead letters that stay open, with the reason of the last redrive.
 */
export async function redriveTheRest(beside: Beside, sending: Sending, outputs: () => Outputs): Promise<LeftOpen[]> {
  const { plan, run, seed } = beside;
  const pace = { ratePerSecond: 500, canary: [], stopAbove: 1 };
  let left: LeftOpen[] = [];
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const number = plan.shifts.length + round;
    const task = { kind: 'redrive', selects: 'all', dryRun: false, ...pace } as const;
    const shift: PlannedShift = { afterOrder: 0, number, person: 0, twice: false, task };
    const random = randomOf(seed, `shift ${number}`);
    const desk = { shift, key: shiftKey(run, shift), random, sending, outputs };
    const redriveId = await planAndStart(desk, EVERYTHING, pace);
    if (redriveId === undefined) return left;
    const ended = await untilEnded(desk, redriveId);
    left = await skippedBy(desk, redriveId);
    if (ended && left.length === ended.plan.members - ended.counts.resolved) return left;
  }
  return left;
}

async function skippedBy(desk: Desk, redriveId: string): Promise<LeftOpen[]> {
  const skipped: LeftOpen[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const path: string = `/redrives/${redriveId}${cursor && `?cursor=${cursor}`}`;
    const page: { skipped: LeftOpen[]; nextCursor?: string } | undefined = await read(desk, path);
    skipped.push(...(page?.skipped ?? []));
    cursor = page?.nextCursor;
  }
  return skipped;
}
