import { isDeepStrictEqual } from 'node:util';
import { counted, isWaitingForSettlement, leftBehind } from './counted.ts';
import { CHUNK_MEMBERS, type RedriveMember } from './members.ts';
import { letGo, observe, type SentPage, sendMembers } from './page.ts';
import type { HeldPorts, PagePorts } from './ports.ts';
import { FIRST_PROGRESS, type Redrive, type RedriveProgress, rateOf } from './redrive.ts';
import { beginsStep, endOfStep, stepAt } from './steps.ts';
import { chunkOf, endOf, keepWindow, nextWaiting, positionAt, readWindow, type Window } from './window.ts';

/**
 * The redrive after one page. `end`: it ends, and why, if it is not done. `isIdle`: nothing happens, so the worker does not
 * wait for the pause itself. Without `pauseMs`, nothing is left to do. `failure`: why some of the page are sent with the next
 * one, although others were accepted.
 */
export type Advanced = {
  redrive: Redrive;
  pauseMs?: number;
  isIdle?: boolean;
  end?: { because?: string };
  failure?: unknown;
};

/** A page is what the rate allows in this time. */
const PAGE_MS = 500;
/**
 * A page that comes late is made up for, up to this time: one page. More would be a burst, for example after the wait for the
 * lease of a worker that died. The first page of a step has waited for a verdict, so it is not late.
 */
const CATCH_UP_MS = PAGE_MS;
/** While nothing can be sent: the pause before the worker looks again what became of the members. */
const LOOK_MS = 500;
/** The longest such pause while the redrive runs, and while it is paused, stopped, or waits for a paused subscriber. */
const LONGEST_LOOK_MS = 5000;
const IDLE_LOOK_MS = 55_000;
/** The pause between two questions whether unknown outcomes are settled. */
const ASK_MS = 5000;
/** The most members whose end is not known yet, wherever they are in the set. */
const MOST_IN_FLIGHT = 2000;

/** A redrive stops when this many members in a row are refused: then it is not about single messages. */
const MOST_REFUSED = 10;

/**
 * Looks what became of the members that were sent, gives the verdict of the running step, and sends the next page if it
 * may. What became of each member is stored in the chunks first, so that the counts always follow from them.
 */
export async function advance(before: Redrive, ports: HeldPorts): Promise<Advanced> {
  const progress = withShare(await heldBack(before, ports), before, ports);
  const window = await readWindow(before, progress, ports.chunks);
  await observe(window, { ...before, progress }, ports);
  const looked = counted(before, progress, window);
  const sent = await sendPage(looked, progress, window, ports);
  await keepWindow(window, before, ports.chunks);
  const { failure } = sent;
  if (failure !== undefined && !sent.isProgress) throw failure;
  const after = counted(looked, leftBehind(looked, sent.progress, window, ports), window);
  const redrive = withQuiet(before, after, ports.clock.now());
  return { redrive, ...nextOf(redrive, ports), ...(failure !== undefined && { failure }) };
}

/** Since when nothing has happened to its members. */
function withQuiet(before: Redrive, { progress = FIRST_PROGRESS, ...after }: Redrive, now: number): Redrive {
  const { quietSince: _, ...others } = progress;
  const isQuiet = isDeepStrictEqual(before.counts, after.counts);
  return { ...after, progress: { ...others, ...(isQuiet && { quietSince: before.progress?.quietSince ?? now }) } };
}

/** The pauses become longer while nothing happens. */
function lookMs({ progress }: Redrive, longestMs: number, now: number): number {
  const quietMs = now - (progress?.quietSince ?? now);
  return Math.min(Math.max(LOOK_MS, quietMs / 4), longestMs);
}

/** The rate of a redrive, if it is less than its own because others run. */
function withShare(
  { share: _, waitsBecause: __, ...progress }: RedriveProgress,
  { ratePerSecond }: Redrive,
  ports: HeldPorts,
) {
  const most = Math.max(1, Math.floor(ports.mostPerSecond()));
  return most < ratePerSecond ? { ...progress, share: most } : progress;
}

/** What is sent to a paused subscriber only waits in its queue. So the redrive waits, and what waits there is not late. */
async function heldBack({ progress = FIRST_PROGRESS, plan }: Redrive, ports: PagePorts): Promise<RedriveProgress> {
  const paused = await ports.pausedSubscribers();
  const subscribers = [...new Set(plan.groups.map(({ subscriber }) => subscriber))].filter((name) => paused.has(name));
  if (subscribers.length > 0) return { ...progress, held: { subscribers, until: ports.clock.now() } };
  // What waits in its queue has waited until now.
  const isOver = progress.held !== undefined && progress.held.subscribers.length > 0;
  return isOver ? { ...progress, held: { subscribers: [], until: ports.clock.now() } } : progress;
}

const isHeldBack = ({ held }: RedriveProgress): boolean => held !== undefined && held.subscribers.length > 0;

/** @property isProgress whether a member was accepted. Then the page has not failed, also if others are left. */
type Sent = { progress: RedriveProgress; isProgress: boolean; failure?: unknown };

async function sendPage(redrive: Redrive, before: RedriveProgress, window: Window, ports: HeldPorts): Promise<Sent> {
  const progress = { ...before, next: nextWaiting(window, before.next) };
  const now = ports.clock.now();
  const isSettling = isWaitingForSettlement(redrive, now, ports);
  const { from, to } = pageOf(redrive, progress, window, inFlight(redrive, isSettling));
  const isBetween = (first: number, end: number, { result }: RedriveMember, index: number): boolean => {
    const position = positionAt(window, index);
    return result === undefined && position >= first && position < end;
  };
  const isInPage = (member: RedriveMember, index: number): boolean => isBetween(from, to, member, index);
  // An earlier page may have been larger, because the redrive had a larger share of the rate. No page crosses a chunk.
  const isMarked = (member: RedriveMember, index: number): boolean =>
    isBetween(from, (chunkOf(from) + 1) * CHUNK_MEMBERS, member, index);
  const isLeft = (member: RedriveMember, index: number): boolean =>
    (redrive.status !== 'running' && isMarked(member, index)) || (!isSettling && member.result === 'unknown');
  const isLastLook = redrive.status === 'stopped' && redrive.counts.sent === 0;
  await letGo(window, isLeft, { ...redrive, isLastLook }, ports);
  if (redrive.status !== 'running') return { progress, isProgress: false };
  // If late members are looked at in turn, each of them is asked when it is looked at.
  const isInTurn = window.lookFrom !== (progress.lookFrom ?? 0);
  const mayGoOn = maySend(redrive, progress, now);
  const isAsked = mayGoOn && isSettling && (isInTurn || now >= progress.askedAt + ASK_MS);
  const isSent = mayGoOn && isStepBegun(redrive, progress);
  const isChosen = (member: RedriveMember, index: number): boolean =>
    (isSent && isInPage(member, index)) || (isAsked && member.result === 'unknown');
  const page = await sendMembers(window, isChosen, mostOf(redrive, progress), redrive, ports);
  const sendAt = beginsStep(redrive.steps, from) ? now : Math.max(progress.nextSendAt, now - CATCH_UP_MS);
  // What its queue did not accept counts, too: a queue that is throttled is not asked more often than the rate allows.
  const tried = page.sent + page.left;
  const times = {
    ...(tried > 0 && { nextSendAt: sendAt + (tried * 1000) / rateOf(redrive) }),
    // Members that are settled, and have no room in this page, are asked again for the next one.
    ...(isAsked && !page.isFull && { askedAt: now }),
  };
  const after = { ...progress, ...times, ...refusedAfter(page, progress) };
  return { progress: after, isProgress: page.sent > 0, failure: page.failure };
}

/** Members that were refused since the last one that was accepted. */
function refusedAfter({ sent, refused }: SentPage, before: RedriveProgress): Pick<RedriveProgress, 'refused'> {
  if (sent > 0) return before.refused === undefined ? {} : { refused: 0 };
  return refused > 0 ? { refused: (before.refused ?? 0) + refused } : {};
}

/** Members of a page, at most. After a refusal it is one member, until one is accepted. */
const mostOf = (redrive: Redrive, { refused = 0 }: RedriveProgress): number =>
  refused > 0 ? 1 : Math.max(1, Math.ceil((rateOf(redrive) * PAGE_MS) / 1000));

/** Members that have not ended: a sent one has no result yet, and an unknown one may still be settled and sent. */
const inFlight = ({ counts }: Redrive, isSettling: boolean): number => counts.sent + (isSettling ? counts.unknown : 0);

/**
 * The positions of the next page: of one step and one chunk, and as many as the rate and the members in flight allow.
 */
function pageOf(redrive: Redrive, progress: RedriveProgress, window: Window, open: number) {
  const { steps } = redrive;
  const { next: from } = progress;
  const step = stepAt(steps, from);
  if (step === -1) return { from, to: from };
  const most = Math.min(mostOf(redrive, progress), Math.max(0, MOST_IN_FLIGHT - open));
  const to = Math.min(from + most, endOfStep(steps, step), (chunkOf(from) + 1) * CHUNK_MEMBERS, endOf(window));
  return { from, to };
}

/** Whether the rate, the pauses and the verdicts of earlier steps allow another page. */
const maySend = ({ steps }: Redrive, progress: RedriveProgress, now: number): boolean =>
  !isHeldBack(progress) && now >= progress.nextSendAt && steps.every(({ status }) => status !== 'failed');

/** Whether the step of the next page has begun. */
function isStepBegun({ steps }: Redrive, { next }: RedriveProgress): boolean {
  const step = stepAt(steps, next);
  return step === -1 || steps[step]?.status === 'running';
}

/** Whether every member is refused, as far as it is known: the others are not tried. */
function isRefused({ counts, progress }: Redrive, isOver: boolean): boolean {
  const refused = progress?.refused ?? 0;
  const isNoneSent = counts.sent + counts.resolved + counts.failedAgain === 0;
  return refused >= MOST_REFUSED || (refused > 0 && isOver && isNoneSent);
}

/** Whether it ends, or when it continues. */
function nextOf(redrive: Redrive, ports: PagePorts): Omit<Advanced, 'redrive'> {
  const { status, steps, counts, progress } = redrive;
  const now = ports.clock.now();
  const isLateLeft = progress?.late !== undefined;
  if (status !== 'running') return counts.sent > 0 || (isLateLeft && status !== 'paused') ? idle(redrive, now) : {};
  if (steps.some((step) => step.status === 'failed')) return { pauseMs: 0, end: { because: 'TOO_MANY_FAILURES' } };
  const isSettling = isWaitingForSettlement(redrive, now, ports);
  const open = inFlight(redrive, isSettling);
  const isOver = counts.waiting === 0 && open === 0 && !isLateLeft;
  if (isRefused(redrive, isOver)) return { pauseMs: 0, end: { because: 'NOT_SENT' } };
  if (isOver) return { pauseMs: 0, end: {} };
  if (progress && isHeldBack(progress)) return idle(redrive, now);
  const { nextSendAt = 0, next = 0 } = progress ?? {};
  const isRunning = steps[stepAt(steps, next)]?.status === 'running';
  if (isRunning && open < MOST_IN_FLIGHT) return { pauseMs: Math.min(Math.max(0, nextSendAt - now), LOOK_MS) };
  return { pauseMs: lookMs(redrive, LONGEST_LOOK_MS, now) };
}

/** Nothing is sent now. After some looks at which nothing had happened, its worker leaves it until the next look. */
function idle(redrive: Redrive, now: number): Omit<Advanced, 'redrive'> {
  const pauseMs = lookMs(redrive, IDLE_LOOK_MS, now);
  return { pauseMs, isIdle: pauseMs > LONGEST_LOOK_MS };
}
