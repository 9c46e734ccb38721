import { Failure } from '#shared/messaging/failure.ts';
import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { marked, type RedriveMark, resolved, unmarked } from '#shared/once/redriven-letter.ts';
import type { RedrivenMember } from '#shared/once/redriver.ts';
import type { RedriveMember } from './members.ts';
import type { PagePorts, ReadLetters } from './ports.ts';
import type { Redrive } from './redrive.ts';
import { type Standing, standingOf } from './standing.ts';
import type { Window } from './window.ts';

/** Conditional writes in flight at once. */
const CONCURRENCY = 25;

/** A queue did not accept some messages. They are marked, and are sent with the next page. */
export class NotSent extends Failure {
  override readonly name = 'NotSent';
  readonly code = 'NOT_SENT';
  readonly retriable = true;
  readonly next = 'Read why in the log of run-redrive.';
}

/** The lease is over: another worker may have continued, and the redrive may be stopped. */
export class LeaseOver extends Failure {
  override readonly name = 'LeaseOver';
  readonly code = 'LEASE_OVER';
  readonly retriable = true;
  readonly next = 'Nothing: the page is sent again.';
}

/** @property dueAt epoch milliseconds: the end of the worker's lease. */
type About = Pick<Redrive, 'redriveId' | 'actor' | 'dueAt' | 'progress'>;

function checkLease({ dueAt }: About, { clock }: PagePorts): void {
  if (dueAt !== undefined && clock.now() >= dueAt) throw new LeaseOver('The page took longer than its lease.');
}

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
    window.members[index] = { ...member, ...ended };
  });
}

/** Epoch milliseconds. */
function markedAt(letter: DeadLetterRecord | undefined, { redriveId }: About): number {
  const mark = letter?.history.findLast((action) => action.action === 'redrive' && action.redriveId === redriveId);
  return mark ? Date.parse(mark.at) : Number.POSITIVE_INFINITY;
}

type End = Pick<RedriveMember, 'result' | 'because'>;

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

/**
 * Sends the members of the window that are chosen, and records what became of them. A member is marked before it is
 * sent, so a worker that dies in between leaves a mark, and the next one sends it.
 * @returns how many were sent. @throws NotSent if a queue did not accept all.
 */
export async function sendMembers(
  window: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  about: About,
  ports: PagePorts,
): Promise<{ sent: number; refused: number }> {
  const { seats, read } = await seatsOf(window, isChosen, ports);
  const ready: (Seat & { letter: DeadLetterRecord })[] = [];
  for (const seat of seats) {
    const standing = standingOf(seat.member, seat.letter, about.redriveId);
    const end = endBefore(standing);
    if (end) window.members[seat.index] = { ...seat.member, ...end };
    else if (seat.letter) ready.push({ ...seat, letter: seat.letter });
  }
  const verdicts = await ports.verdictsOf(ready.map(({ letter }) => letter));
  const sending = await inParallel([...ready.entries()], CONCURRENCY, async ([at, seat]) => {
    const refused = refusalOf(seat, verdicts[at], ports);
    const outcome = refused ? await leave(seat, refused, about, ports) : await mark(seat, read, about, ports);
    if ('result' in outcome) window.members[seat.index] = { ...seat.member, ...outcome };
    return 'letter' in outcome ? [{ index: seat.index, ...seat.member, letter: outcome.letter }] : [];
  });
  checkLease(about, ports);
  return deliver(sending.flat(), window, ports);
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
  checkLease(about, ports);
  const change = marked(markOf(about, member, ports));
  const known = read.get(member.deadLetterId);
  const letter = await ports.letters.changeDeadLetter(member.deadLetterId, change, known);
  const standing = standingOf(member, letter, about.redriveId);
  if (standing.kind === 'marked' && letter) return { letter };
  return endBefore(standing) ?? { result: 'skipped', because: 'FAILED_SINCE' };
}

async function deliver(
  sending: readonly (RedriveMember & RedrivenMember & { index: number })[],
  window: Window,
  { redriverOf }: PagePorts,
): Promise<{ sent: number; refused: number }> {
  let sent = 0;
  for (const [redriver, members] of Map.groupBy(sending, ({ letter }) => redriverOf(letter))) {
    if (typeof redriver === 'string') continue;
    const accepted = await redriver.send(members);
    for (const { index, deadLetterId } of members) {
      const member = window.members[index];
      if (!member || !accepted.has(deadLetterId)) continue;
      const { because, ...others } = member;
      window.members[index] = { ...others, result: 'sent' };
      sent += 1;
    }
  }
  return { sent, refused: sending.length - sent };
}

/**
 * Members that a worker has marked, and that are not sent any more, are open again. They were perhaps sent, if it died: then
 * their subscriber still resolves them.
 */
export async function letGo(
  window: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  about: About,
  ports: PagePorts,
): Promise<void> {
  const { seats } = await seatsOf(window, isChosen, ports);
  await inParallel(seats, CONCURRENCY, async ({ member, letter }) => {
    if (standingOf(member, letter, about.redriveId).kind !== 'marked') return;
    const change = unmarked(markOf(about, member, ports), 'The redrive sends it no more.');
    await ports.letters.changeDeadLetter(member.deadLetterId, change);
  });
}

async function seatsOf(
  { members }: Window,
  isChosen: (member: RedriveMember, index: number) => boolean,
  { letters }: PagePorts,
): Promise<{ seats: Seat[]; read: ReadLetters }> {
  const chosen = [...members.entries()].filter(([index, member]) => isChosen(member, index));
  const read = await letters.readDeadLetters(chosen.map(([, { deadLetterId }]) => deadLetterId));
  const seats = chosen.map(([index, member]) => ({ index, member, letter: read.get(member.deadLetterId)?.state }));
  return { seats, read };
}
