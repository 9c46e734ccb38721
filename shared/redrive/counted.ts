import type { Clock } from '#shared/messaging/system.ts';
import { type Late, packedLate, unpackedLate } from './late.ts';
import { CHUNK_MEMBERS } from './members.ts';
import type { PagePorts } from './ports.ts';
import type { Ended, Redrive, RedriveProgress } from './redrive.ts';
import { countsOf, grown, judgedSteps, NOTHING_ENDED, type Placed, tallied } from './steps.ts';
import { chunkOf, nextWaiting, positionAt, type Window } from './window.ts';

/** The redrive with the sizes of its steps, the counts and the verdicts that follow from its members. */
export function counted(redrive: Redrive, progress: RedriveProgress, window: Window): Redrive {
  const members = [...membersSince(progress, window)];
  const steps = grown(redrive, tallied(redrive.steps, progress.ended, members));
  const tallies = tallied(steps, progress.ended, members);
  return {
    ...redrive,
    steps: judgedSteps({ ...redrive, steps }, tallies),
    counts: countsOf(redrive.plan.members, tallies),
    progress: { ...progress, next: nextWaiting(window, progress.next) },
  };
}

/** The members that are not in `ended`: late ones, as they are in the window or as they were, and those of later chunks. */
function* membersSince(
  { late, firstOpenChunk }: RedriveProgress,
  window: Window,
): Iterable<Placed & { isRead: boolean }> {
  const since = firstOpenChunk * CHUNK_MEMBERS;
  const behind = new Map(unpackedLate(late).map((one) => [one.position, one.result]));
  for (const [index, { result }] of window.members.entries()) {
    const position = positionAt(window, index);
    if (position >= since || behind.delete(position)) yield { position, result, isRead: true };
  }
  for (const [position, result] of behind) yield { position, result, isRead: false };
}

/**
 * Leaves a chunk behind when all its members were sent or have ended. So a slow member keeps its position in the
 * progress, and no other member waits for it.
 */
export function leftBehind(redrive: Redrive, progress: RedriveProgress, window: Window, ports: SettlementPorts) {
  const firstOpenChunk = Math.max(progress.firstOpenChunk, chunkOf(nextWaiting(window, progress.next)));
  const late: Late[] = [];
  const over: Placed[] = [];
  for (const { position, result, isRead } of membersSince(progress, window)) {
    if (position >= firstOpenChunk * CHUNK_MEMBERS) continue;
    const mayBeSent = result === 'unknown' && (!isRead || isUnsettled(redrive, ports));
    if (result === 'sent' || mayBeSent) late.push({ position, result });
    else over.push({ position, result });
  }
  const ended = tallied(redrive.steps, progress.ended, over).map(endedOf);
  const { late: _before, lookFrom: _from, ...others } = progress;
  return {
    ...others,
    ...{ firstOpenChunk, ended },
    ...(late.length > 0 && { late: packedLate(late), lookFrom: window.lookFrom }),
  };
}

const endedOf = ({ resolved, failedAgain, skipped, unknown }: Ended): Ended => ({
  ...NOTHING_ENDED,
  ...{ resolved, failedAgain, skipped, unknown },
});

type SettlementPorts = { clock: Clock } & Pick<PagePorts, 'longestWaitMs'>;

/** An unknown outcome is waited for as long as a result, but from the start of the redrive: it is settled beside it. */
export const isWaitingForSettlement = (
  { status, startedAt = '' }: Redrive,
  now: number,
  { longestWaitMs }: Pick<PagePorts, 'longestWaitMs'>,
): boolean => status === 'running' && now < Date.parse(startedAt) + longestWaitMs;

/** Whether an unknown outcome may still be settled for this redrive. */
const isUnsettled = (redrive: Redrive, { clock, longestWaitMs }: SettlementPorts): boolean =>
  redrive.status === 'paused' || isWaitingForSettlement(redrive, clock.now(), { longestWaitMs });
