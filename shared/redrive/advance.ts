import { CHUNK_MEMBERS, type RedriveMember } from './members.ts';
import { letGo, observe, type SentPage, sendMembers } from './page.ts';
import type { HeldPorts, PagePorts } from './ports.ts';
import { type Ended, FIRST_PROGRESS, type Redrive, type RedriveProgress } from './redrive.ts';
import { countsOf, endOfStep, judgedSteps, NOTHING_ENDED, stepAt, tallied } from './steps.ts';
import { chunkOf, keepWindow, nextWaiting, readWindow, type Window } from './window.ts';

/** The redrive after one page. `end`: it ends, and why, if it is not done. Without `pauseMs`, nothing is left to do. */
export type Advanced = { redrive: Redrive; pauseMs?: number; end?: { because?: string } };

/** A page is what the rate allows in this time. */
const PAGE_MS = 500;
/** A page that comes late is made up for, up to this time. More would be a burst after a pause. */
const CATCH_UP_MS = 2000;
/** The pause between two looks at a paused subscriber. */
const HELD_MS = 5000;
/** While nothing can be sent: the pause before the worker looks again what became of the members. */
const LOOK_MS = 500;
/** The pause between two questions whether unknown outcomes are settled. */
const ASK_MS = 5000;
/** The bound of members in flight: the first that has not ended is in one of the latest chunks. */
const MOST_OPEN_CHUNKS = 8;

/** A redrive stops when this many members in a row are refused: then it is not about single messages. */
const MOST_REFUSED = 10;

/**
 * Looks what became of the members that were sent, gives the verdict of the running step, and sends the next page if it
 * may. What became of each member is stored in the chunks first, so that the counts always follow from them.
 */
export async function advance(before: Redrive, ports: HeldPorts): Promise<Advanced> {
  const progress = await heldBack(before, ports);
  const window = await readWindow(before, progress, ports.chunks);
  await observe(window, { ...before, progress }, ports);
  const looked = counted(before, progress, window);
  const sent = await sendPage(looked, progress, window, ports);
  await keepWindow(window, before, ports.chunks);
  if (sent.failure !== undefined) throw sent.failure;
  const after = counted(before, closed(sent.progress, before, window, ports), window);
  return { redrive: after, ...nextOf(after, ports) };
}

/** What is sent to a paused subscriber only waits in its queue. So the redrive waits, and what waits there is not late. */
async function heldBack({ progress = FIRST_PROGRESS, plan }: Redrive, ports: PagePorts): Promise<RedriveProgress> {
  const paused = await ports.pausedSubscribers();
  const subscribers = [...new Set(plan.groups.map(({ subscriber }) => subscriber))].filter((name) => paused.has(name));
  if (subscribers.length > 0) return { ...progress, held: { subscribers, until: ports.clock.now() } };
  return progress.held ? { ...progress, held: { ...progress.held, subscribers: [] } } : progress;
}

const isHeldBack = ({ held }: RedriveProgress): boolean => held !== undefined && held.subscribers.length > 0;

/** The redrive with the counts and verdicts that follow from its members. */
function counted(redrive: Redrive, progress: RedriveProgress, window: Window): Redrive {
  const { steps, plan } = redrive;
  const tallies = tallied(steps, progress.ended, open(window, progress), progress.firstOpenChunk * CHUNK_MEMBERS);
  const next = nextWaiting(window, progress.next);
  return {
    ...redrive,
    steps: judgedSteps(redrive, tallies),
    counts: countsOf(plan.members, tallies),
    progress: { ...progress, next },
  };
}

/** The members of chunks that are not closed. */
const open = ({ first, members }: Window, { firstOpenChunk }: RedriveProgress): readonly RedriveMember[] =>
  members.slice(firstOpenChunk * CHUNK_MEMBERS - first);

type Sent = { progress: RedriveProgress; failure?: unknown };

async function sendPage(redrive: Redrive, before: RedriveProgress, window: Window, ports: HeldPorts): Promise<Sent> {
  const progress = { ...before, next: nextWaiting(window, before.next) };
  const { from, to } = pageOf(redrive, progress, window);
  const isInPage = ({ result }: RedriveMember, index: number): boolean =>
    result === undefined && index >= from - window.first && index < to - window.first;
  const now = ports.clock.now();
  const isSettling = isWaitingForSettlement(redrive, now, ports);
  const isMarked = ({ result }: RedriveMember, index: number): boolean =>
    result === undefined && index >= from - window.first && index < from - window.first + mostOf(redrive);
  const isLeft = (member: RedriveMember, index: number): boolean =>
    (redrive.status !== 'running' && isMarked(member, index)) || (!isSettling && member.result === 'unknown');
  await letGo(window, isLeft, redrive, ports);
  if (redrive.status !== 'running') return { progress };
  const isAsked = isSettling && now >= progress.askedAt + ASK_MS;
  const isSent = maySend(redrive, progress, now);
  const isChosen = (member: RedriveMember, index: number): boolean =>
    (isSent && isInPage(member, index)) || (isAsked && member.result === 'unknown');
  const page = await sendMembers(window, isChosen, redrive, ports);
  const sendAt = progress.nextSendAt === 0 ? now : Math.max(progress.nextSendAt, now - CATCH_UP_MS);
  const times = {
    ...(page.sent > 0 && { nextSendAt: sendAt + (page.sent * 1000) / redrive.ratePerSecond }),
    ...(isAsked && { askedAt: now }),
  };
  return { progress: { ...progress, ...times, ...refusedAfter(page, progress) }, failure: page.failure };
}

/** Members that were refused since the last one that was accepted. */
function refusedAfter({ sent, refused }: SentPage, before: RedriveProgress): Pick<RedriveProgress, 'refused'> {
  if (sent > 0) return before.refused === undefined ? {} : { refused: 0 };
  return refused > 0 ? { refused: (before.refused ?? 0) + refused } : {};
}

/** Members of a page, at most. */
const mostOf = ({ ratePerSecond }: Redrive): number => Math.max(1, Math.ceil((ratePerSecond * PAGE_MS) / 1000));

/**
 * The positions of the next page: of one step and one chunk, and as many as the rate allows. After a refusal it is one
 * member, until one is accepted.
 */
function pageOf(redrive: Redrive, { next: from, refused = 0 }: RedriveProgress, { first, members }: Window) {
  const { steps } = redrive;
  const step = stepAt(steps, from);
  if (step === -1) return { from, to: from };
  const most = refused > 0 ? 1 : mostOf(redrive);
  const to = Math.min(from + most, endOfStep(steps, step), (chunkOf(from) + 1) * CHUNK_MEMBERS, first + members.length);
  return { from, to };
}

/** Whether the rate, the number of members in flight and the verdicts of earlier steps allow another page. */
function maySend({ steps }: Redrive, progress: RedriveProgress, now: number): boolean {
  const { next, nextSendAt, firstOpenChunk } = progress;
  if (isHeldBack(progress)) return false;
  if (steps.some(({ status }) => status === 'failed') || now < nextSendAt) return false;
  if (chunkOf(next) - firstOpenChunk >= MOST_OPEN_CHUNKS) return false;
  const step = stepAt(steps, next);
  return step === -1 || steps[step]?.status === 'running';
}

/** An unknown outcome is waited for as long as a result, but from the start of the redrive: it is settled beside it. */
const isWaitingForSettlement = (
  { status, startedAt = '' }: Redrive,
  now: number,
  { longestWaitMs }: PagePorts,
): boolean => status === 'running' && now < Date.parse(startedAt) + longestWaitMs;

/** Chunks whose members have all ended are not read any more. */
function closed(progress: RedriveProgress, redrive: Redrive, window: Window, ports: PagePorts): RedriveProgress {
  const isOpen = ({ result }: RedriveMember): boolean =>
    result === undefined ||
    result === 'sent' ||
    (result === 'unknown' && isWaitingForSettlement(redrive, ports.clock.now(), ports));
  let { firstOpenChunk, ended } = progress;
  for (;;) {
    const first = firstOpenChunk * CHUNK_MEMBERS;
    const members = window.members.slice(first - window.first, first - window.first + CHUNK_MEMBERS);
    if (members.length === 0 || members.some(isOpen)) break;
    ended = tallied(redrive.steps, ended, members, first).map(endedOf);
    firstOpenChunk += 1;
  }
  return { ...progress, firstOpenChunk, ended };
}

const endedOf = ({ resolved, failedAgain, skipped, unknown }: Ended): Ended => ({
  ...NOTHING_ENDED,
  ...{ resolved, failedAgain, skipped, unknown },
});

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
  if (status !== 'running') return counts.sent > 0 ? { pauseMs: LOOK_MS } : {};
  if (steps.some((step) => step.status === 'failed')) return { pauseMs: 0, end: { because: 'TOO_MANY_FAILURES' } };
  const waits = isWaitingForSettlement(redrive, now, ports) && counts.unknown > 0;
  const isOver = counts.waiting === 0 && counts.sent === 0 && !waits;
  if (isRefused(redrive, isOver)) return { pauseMs: 0, end: { because: 'NOT_SENT' } };
  if (isOver) return { pauseMs: 0, end: {} };
  if (progress && isHeldBack(progress)) return { pauseMs: HELD_MS };
  const { nextSendAt = 0, next = 0 } = progress ?? {};
  const isRunning = steps[stepAt(steps, next)]?.status === 'running';
  const isBound = chunkOf(next) - (progress?.firstOpenChunk ?? 0) >= MOST_OPEN_CHUNKS;
  const pauseMs = isRunning && !isBound ? Math.max(0, nextSendAt - now) : LOOK_MS;
  return { pauseMs: Math.min(pauseMs, LOOK_MS) };
}
