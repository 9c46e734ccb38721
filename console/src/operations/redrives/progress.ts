import type { RedriveView } from '#shared/redrive/responses.ts';

/** Members that have ended, in any way. */
export const endedMembers = ({ counts }: Pick<RedriveView, 'counts'>): number =>
  counts.resolved + counts.failedAgain + counts.skipped + counts.unknown;

/** The share of ended members, in whole percent. It is 100 only at the end. */
export function percentEnded(redrive: Pick<RedriveView, 'counts'> & { plan: { members: number } }): number {
  const { members } = redrive.plan;
  return members === 0 ? 100 : Math.floor((endedMembers(redrive) / members) * 100);
}
