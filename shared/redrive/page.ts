import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import {
  keptOpen,
  type LetterChange,
  marked,
  type RedriveMark,
  resolved,
  unmarked,
} from '#shared/once/redriven-letter.ts';
import type { RedrivenMember } from '#shared/once/redriver.ts';
import { checkLease, deliver, type Marked } from './delivery.ts';
import { ALREADY_DONE, type RedriveMember } from './members.ts';
import type { HeldPorts, PagePorts, ReadLetters } from './ports.ts';
import type { Redrive } from './redrive.ts';
import { type Standing, standingOf } from './standing.ts';
import type { Window } from './window.ts';

/** Conditional writes in flight at once: as many as the SDK has connections. A page must not take longer than its rate allows. */
const CONCURRENCY = 50;

/** @property dueAt epoch milliseconds: the end of the worker's lease. */
type About = Pick<Redrive, 'redriveId' | 'actor' | 'dueAt' | 'plan' | 'progress'>;

/** A member, with its position in the window and its dead letter. */
type Seat = { index: number; member: RedriveMember; letter: DeadLetterRecord | undefined };

const markOf = ({ redriveId, actor }: About, { generation }: RedriveMember, { clock }: PagePorts): RedriveMark => ({
  ...{ generation, redriveId, actor },
  at: new Date(clock.now()).toISOString(),
});

/** Records what became of members that were sent. */
export async function observe(window: Window, about: About, ports: PagePorts): Promise<void> {
  const { seats } = await seatsOf(window, ({ result }) => result === 'sent', ports);
  const done = await doneOf(seats, about, ports);
  await inParallel(seats, CONCURRENCY, async ({ index, member, letter }) => {
    const standing = standingOf(member, letter, about.redriveId);
    const waitsSince = Math.max(markedAt(letter, about), about.progress?.held?.until ?? 0);
    const isLate = waitsSince + ports.longestWaitMs <= ports.clock.now();
    const ended = await endOf(standing, { member, isDone: done.has(member.deadLetterId), isLate }, about, ports);
    record(window, index, ended);
  });
}

/** Epoch milliseconds. */
function markedAt(letter: DeadLetterRecord | undefined, { redriveId }: About): number {
  const mark = letter?.history.findLast((action) => action.action === 'redrive' && action.redriveId === redriveId);
  return mark ? Date.parse(mark.at) : Number.POSITIVE_INFINITY;
}

type End = Pick<RedriveMember, 'result' | 'because'>;

function record({ members }: Window, index: number, end: End): void {
  const before = members[index];
  if (!before) return;
  const { result, because, ...member } = before;
  const isRepeated = because === ALREADY_DONE && (end.result === 'sent' || end.result === 'resolved');
  members[index] = { ...member, ...(isRepeated && { because }), ...end };
}

const failedAgain = (because: string): End => ({ result: 'failedAgain', because });

async function endOf(
  standing: Standing,
  { member, isDone, isLate }: { member: RedriveMember; isDone: boolean; isLate: boolean },
  about: About,
  ports: PagePorts,
): Promise<End> {
  switch (standing.kind) {
    case 'resolved':
      return { result: 'resolved' };
    case 'failedAgain':
    case 'changed':
      return failedAgain(standing.because);
    case 'open':
      return failedAgain(TOO_LATE);
    case 'marked': {
      const mark = markOf(about, member, ports);
      const change = isDone ? resolved(member.generation, mark.at) : unmarked(mark, LATE);
      if (!isDone && !isLate) return { result: 'sent' };
      const letter = await ports.letters.changeDeadLetter(member.deadLetterId, change);
      const now = standingOf(member, letter, about.redriveId);
      return now.kind === 'marked' ? { result: 'sent' } : endOf(now, { member, isDone, isLate }, about, ports);
    }
    default:
      return standing satisfies never;
  }
}

const TOO_LATE = 'NOT_HANDLED_IN_TIME';
const LATE = 'It was sent, and was not handled in time. If it still is, it is resolved.';

/** Work that no subscriber reports. */
async function doneOf(seats: readonly Seat[], { redriveId }: About, ports: PagePorts): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  const waiting = seats.flatMap(({ member, letter }): RedrivenMember[] =>
    letter && standingOf(member, letter, redriveId).kind === 'marked' ? [{ ...member, letter }] : [],
  );
  for (const [redriver, members] of Map.groupBy(waiting, ({ letter }) => ports.redriverOf(letter))) {
    if (typeof redriver === 'string' || !redriver.doneOf) continue;
    for (const id of await redriver.doneOf(members)) done.add(id);
  }
  return done;
}

/** What a page did. */
export type SentPage = {
  sent: number;
  /** Members that were given up because their queue never accepts them. */
  refused: number;
  /** Members that their queue did not accept this time. They are marked, and are sent with the next page. */
  left: number;
  /** Whether others are chosen that can be sent, too, and have no room in the page. */
  isFull: boolean;
  /** Why the first of those that are left was not sent. */
  failure?: unknown;
};

/**
 * Sends the members of the window that are chosen, and records what became of them. A member is marked before it is
 * sent, so a worker that dies in between leaves a mark, and the next one sends it.
 * @param most members that are sent at most, the first of the window.
 */
export async function sendMembers(
  window: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  most: number,
  about: About,
  ports: HeldPorts,
): Promise<SentPage> {
  const { seats, read } = await seatsOf(window, isChosen, ports);
  const ready: (Seat & { letter: DeadLetterRecord })[] = [];
  for (const seat of seats) {
    const standing = standingOf(seat.member, seat.letter, about.redriveId);
    const isAnother = standing.kind === 'open' && !isPlanned(seat.letter, about);
    const end = isAnother ? ANOTHER_FAILURE : endBefore(standing);
    if (end) record(window, seat.index, end);
    else if (seat.letter) ready.push({ ...seat, letter: seat.letter });
  }
  const verdicts = await ports.verdictsOf(ready.map(({ letter }) => letter));
  const decided = ready.map((seat, at) => ({ seat, refused: refusalOf(seat, verdicts[at], ports) }));
  const withRoom = new Set(decided.filter(({ refused }) => !refused).slice(0, most));
  const taken = decided.filter((one) => one.refused || withRoom.has(one));
  const repeated = new Set(ready.flatMap(({ index }, at) => (verdicts[at]?.verdict === 'alreadyDone' ? index : [])));
  const sending = await inParallel(taken, CONCURRENCY, async ({ seat, refused }) => {
    const outcome = refused ? await leave(seat, refused, about, ports) : await mark(seat, read, about, ports);
    if ('result' in outcome) record(window, seat.index, outcome);
    return 'letter' in outcome ? [{ index: seat.index, ...seat.member, letter: outcome.letter }] : [];
  });
  const { accepted, refused, left, failure } = await deliver(sending.flat(), about.dueAt, ports);
  for (const { index } of accepted)
    record(window, index, { result: 'sent', ...(repeated.has(index) && { because: ALREADY_DONE }) });
  const givenUp = await giveUp(refused, accepted.length > 0, window, about, ports);
  const isFull = taken.length < decided.length;
  return { sent: accepted.length, refused: givenUp, left, isFull, ...(failure !== undefined && { failure }) };
}

/** What became of a member before it was sent by this worker. undefined: it can be sent. */
function endBefore(standing: Standing): End | undefined {
  switch (standing.kind) {
    case 'open':
    case 'marked':
      return undefined;
    case 'resolved':
      return { result: 'resolved' };
    case 'failedAgain':
      return failedAgain(standing.because);
    case 'changed':
      return { result: 'skipped', because: standing.because };
    default:
      return standing satisfies never;
  }
}

/** Why it is not sent. */
function refusalOf(
  { letter }: { letter: DeadLetterRecord },
  verdict: Awaited<ReturnType<PagePorts['verdictsOf']>>[number] | undefined,
  { redriverOf }: PagePorts,
): End | undefined {
  if (verdict?.verdict === 'unknown') return { result: 'unknown' };
  if (verdict?.verdict === 'dropped') return { result: 'skipped', because: verdict.reason ?? 'WOULD_BE_DROPPED' };
  const redriver = redriverOf(letter);
  return typeof redriver === 'string' ? { result: 'skipped', because: redriver } : undefined;
}

/** A member that a dead worker had marked, and that is not sent now, is open again. */
async function leave({ member, letter }: Seat, end: End, about: About, ports: PagePorts): Promise<End> {
  if (standingOf(member, letter, about.redriveId).kind !== 'marked') return end;
  const change = unmarked(markOf(about, member, ports), 'It is not sent now.');
  await ports.letters.changeDeadLetter(member.deadLetterId, change);
  return end;
}

async function mark(
  { member }: Seat,
  read: ReadLetters,
  about: About,
  ports: PagePorts,
): Promise<End | { letter: DeadLetterRecord }> {
  checkLease(about.dueAt, ports);
  const change = marked(markOf(about, member, ports));
  const known = read.get(member.deadLetterId);
  const planned: LetterChange = (before) => (isPlanned(before, about) ? change(before) : undefined);
  const letter = await ports.letters.changeDeadLetter(member.deadLetterId, planned, known);
  const standing = standingOf(member, letter, about.redriveId);
  if (standing.kind === 'marked' && letter) return { letter };
  return endBefore(standing) ?? ANOTHER_FAILURE;
}

const ANOTHER_FAILURE: End = { result: 'skipped', because: 'FAILED_SINCE' };

/**
 * An open dead letter that fails again keeps its generation. If it fails in another way, it has another group: one that
 * this redrive has not planned, and that another one may have reserved.
 */
const isPlanned = (letter: DeadLetterRecord | undefined, { plan }: About): boolean =>
  letter?.status !== 'open' || plan.groups.some(({ fingerprint }) => fingerprint === letter.fingerprint);

/**
 * Members that are never accepted stay open. If a whole page was refused, perhaps every member is. Then only the first is
 * given up, so that a queue that refuses everything does not use up the set.
 */
async function giveUp(
  refused: readonly Marked[],
  isOthersSent: boolean,
  window: Window,
  about: About,
  ports: PagePorts,
): Promise<number> {
  const givenUp = isOthersSent ? refused : refused.slice(0, 1);
  await inParallel(refused, CONCURRENCY, async ({ letter, ...member }) => {
    const change = unmarked(markOf(about, member, ports), 'Its queue does not accept it.');
    await ports.letters.changeDeadLetter(member.deadLetterId, change);
  });
  for (const { index } of givenUp) record(window, index, { result: 'skipped', because: 'NOT_SENT' });
  return givenUp.length;
}

/**
 * Members that a worker has marked, and that are not sent any more, are open again. They were perhaps sent, if it died: then
 * their subscriber still resolves them. After the last look, a mark may still be on its way. So those that are open get a new
 * version, which refuses it: no worker would open them again.
 */
export async function letGo(
  window: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  about: About & { isLastLook: boolean },
  ports: PagePorts,
): Promise<void> {
  const { seats } = await seatsOf(window, isChosen, ports);
  await inParallel(seats, CONCURRENCY, async ({ index, member, letter }) => {
    const standing = standingOf(member, letter, about.redriveId);
    const { kind } = standing;
    // A worker that died has sent it, and did not store that.
    if (member.result === undefined && kind === 'resolved') record(window, index, { result: 'resolved' });
    if (member.result === undefined && kind === 'failedAgain') record(window, index, failedAgain(standing.because));
    if (kind !== 'marked' && !(kind === 'open' && about.isLastLook)) return;
    const mark = markOf(about, member, ports);
    const opened = unmarked(mark, 'The redrive sends it no more.');
    const open: LetterChange = (before) => opened(before) ?? keptOpen(mark.generation)(before);
    await ports.letters.changeDeadLetter(member.deadLetterId, open);
  });
}

async function seatsOf(
  { members }: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  { letters }: PagePorts,
): Promise<{ seats: Seat[]; read: ReadLetters }> {
  const chosen = [...members.entries()].filter(([index, member]) => isChosen(member, index));
  if (chosen.length === 0) return { seats: [], read: new Map() };
  const read = await letters.readDeadLetters(chosen.map(([, { deadLetterId }]) => deadLetterId));
  const seats = chosen.map(([index, member]) => ({ index, member, letter: read.get(member.deadLetterId)?.state }));
  return { seats, read };
}
