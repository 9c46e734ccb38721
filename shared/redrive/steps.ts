import type { MemberResult, RedriveMember } from './members.ts';
import type { Ended, Redrive, RedriveCounts, RedriveStep } from './redrive.ts';

/** What became of the members of one step. */
export type Tally = Record<MemberResult, number>;

export const NOTHING_ENDED: Ended = { resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 };

/** The step of a member at this position of the set, from 0. */
export function stepAt(steps: readonly RedriveStep[], position: number): number {
  let end = 0;
  return steps.findIndex(({ size }) => {
    end += size;
    return position < end;
  });
}

/** The position after the last member of a step. */
export const endOfStep = (steps: readonly RedriveStep[], step: number): number =>
  steps.slice(0, step + 1).reduce((sum, { size }) => sum + size, 0);

/** What became of the members that ended earlier, and of these. @param first the position of the first of these. */
export function tallied(
  steps: readonly RedriveStep[],
  ended: readonly Ended[],
  members: readonly RedriveMember[],
  first: number,
): Tally[] {
  const tallies = steps.map((_, step) => ({ sent: 0, ...NOTHING_ENDED, ...ended[step] }));
  for (const [index, { result }] of members.entries()) {
    const tally = tallies[stepAt(steps, first + index)];
    if (tally && result) tally[result] += 1;
  }
  return tallies;
}

/** The counts of all steps. */
export function countsOf(members: number, tallies: readonly Tally[]): RedriveCounts {
  const counts = { sent: 0, ...NOTHING_ENDED };
  for (const { sent, resolved, failedAgain, skipped, unknown } of tallies) {
    counts.sent += sent;
    counts.resolved += resolved;
    counts.failedAgain += failedAgain;
    counts.skipped += skipped;
    counts.unknown += unknown;
  }
  const { sent, resolved, failedAgain, skipped, unknown } = counts;
  return { waiting: members - sent - resolved - failedAgain - skipped - unknown, ...counts };
}

/** A step that is still running fails early if this many have ended, and too many of them have failed. */
const JUDGED_EARLY = 100;

/** The steps with their counts and verdicts. A step begins when the one before it has passed. */
export function judgedSteps(
  { steps, stopAbove }: Pick<Redrive, 'steps' | 'stopAbove'>,
  tallies: readonly Tally[],
): RedriveStep[] {
  const judged: RedriveStep[] = [];
  for (const [index, { size, ...step }] of steps.entries()) {
    const { sent: pending, resolved, failedAgain, skipped, unknown } = tallies[index] ?? { sent: 0, ...NOTHING_ENDED };
    const before = judged[index - 1];
    const isEnded = resolved + failedAgain + skipped + unknown === size;
    const counted = { size, sent: pending + resolved + failedAgain, resolved, failedAgain, pending };
    const hasBegun = before === undefined || before.status === 'passed';
    judged.push({ ...counted, ...verdictOf(step, { resolved, failedAgain, isEnded, hasBegun, stopAbove }) });
  }
  return judged;
}

type Judged = { resolved: number; failedAgain: number; isEnded: boolean; hasBegun: boolean; stopAbove: number };

function verdictOf(
  { status, share: given }: Pick<RedriveStep, 'status' | 'share'>,
  { resolved, failedAgain, isEnded, hasBegun, stopAbove }: Judged,
): Pick<RedriveStep, 'status' | 'share'> {
  // A verdict is given once. A message that ends later does not change it.
  if (status === 'passed' || status === 'failed') return { status, ...(given !== undefined && { share: given }) };
  if (!hasBegun) return { status: 'waiting' };
  const ended = resolved + failedAgain;
  const share = ended === 0 ? 0 : failedAgain / ended;
  const isFailed = share > stopAbove && (isEnded || ended >= JUDGED_EARLY);
  if (isFailed) return { status: 'failed', share };
  return isEnded ? { status: 'passed', share } : { status: 'running' };
}
