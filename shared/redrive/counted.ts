import type { Clock } from '#shared/messaging/system.ts';
import { type Late, packedLate, unpackedLate } from './late.ts';
import { CHUNK_MEMBERS, isRepetition } from './members.ts';
import type { PagePorts } from './ports.ts';
import type { Ended, Redrive, RedriveProgress, RedriveStep } from './redrive.ts';
import { countsOf, grown, judgedSteps, NOTHING_ENDED, type Placed, tallied } from './steps.ts';
import { chunkOf, nextWaiting, positionAt, type Window } from './window.ts';

/** The redrive with the sizes of its steps, the counts and the verdicts that follow from its members. */
export function counted(redrive: Redrive, progress: RedriveProgress, window: Window): Redrive {
  const members = [...membersSince(progress, window)];
  const steps = grownOver(redrive, progress.ended, members);
  const tallies = tallied(steps, progress.ended, members);
  return {
    ...redrive,
    steps: judgedSteps({ ...redrive, steps }, tallies),
    counts: countsOf(redrive.plan.members, tallies),
    progress: { ...progress, next: nextWaiting(window, progress.next) },
  };
}

/** The steps grow until they are large enough: what they grow by may be unable to prove anything, too. */
function grownOver(redrive: Redrive, ended: readonly Ended[], members: readonly Placed[]): RedriveStep[] {
  let before = redrive.steps;
  for (;;) {
    const steps = grown({ ...redrive, steps: before }, tallied(before, ended, members));
    if (steps.length === before.length && steps.every(({ size }, step) => size === before[step]?.size)) return steps;
    before = steps;
  }
}

/** The members that are not in `ended`: late ones, as they are in the window or as they were, and those of later chunks. */
function* membersSince(
  { late, firstOpenChunk }: RedriveProgress,
  window: Window,
): Iterable<Placed & { isRead: boolean }> {
  const since = firstOpenChunk * CHUNK_MEMBERS;
  const behind = new Map(unpackedLate(late).map((one) => [one.position, one.result]));
  for (const [index, member] of window.members.entries()) {
    const position = positionAt(window, index);
    const placed = { position, result: member.result, isRepetition: isRepetition(member) };
    if (position >= since || behind.delete(position)) yield { ...placed, isRead: true };
  }
  for (const [position, result] of behind) yield { position, result, isRepetition: false, isRead: false };
}

/**
 * Leaves a chunk behind when all its members were sent or have ended. So a slow member keeps its position in the
 * progress, and no other member waits for it.
 */
export function leftBehind(redrive: Redrive, progress: RedriveProgress, window: Window, ports: SettlementPorts) {
  const firstOpenChunk = Math.max(progress.firstOpenChunk, chunkOf(nextWaiting(window, progress.next)));
  const late: Late[] = [];
  const over: Placed[] = [];
  for (const placed of membersSince(progress, window)) {
    const { position, result, isRead } = placed;
    if (position >= firstOpenChunk * CHUNK_MEMBERS) continue;
    const mayBeSent = result === 'unknown' && (!isRead || isUnsettled(redrive, ports));
    if (result === 'sent' || mayBeSent) late.push({ position, result });
    else over.push(placed);
  }
  const ended = tallied(redrive.steps, progress.ended, over).map(endedOf);
  const { late: _before, lookFrom: _from, ...others } = progress;
  return {
    ...others,
    ...{ firstOpenChunk, ended },
    ...(late.length > 0 && { late: packedLate(late), lookFrom: window.lookFrom }),
  };
}

const endedOf = ({ resolved, failedAgain, skipped, unknown, alreadyDone = 0 }: Ended): Ended => ({
  ...NOTHING_ENDED,
  ...{ resolved, failedAgain, skipped, unknown },
  ...(alreadyDone > 0 && { alreadyDone }),
});

type SettlementPorts = { clock: Clock } & Pick<PagePorts, 'longestWaitMs'>;

/**
 * An unknown outcome is waited for as long as a result, but from the start of the redrive: it is settled beside it. While
 * the subscriber is paused, it is not asked for.
 */
export const isWaitingForSettlement = (
  { status, startedAt = '', progress }: Redrive,
  now: number,
  { longestWaitMs }: Pick<PagePorts, 'longestWaitMs'>,
): boolean => status === 'running' && now < Math.max(Date.parse(startedAt), progress?.held?.until ?? 0) + longestWaitMs;

/** Whether an unknown outcome may still be settled for this redrive. */
const isUnsettled = (redrive: Redrive, { clock, longestWaitMs }: SettlementPorts): boolean =>
  redrive.status === 'paused' || isWaitingForSettlement(redrive, clock.now(), { longestWaitMs });
