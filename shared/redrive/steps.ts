import type { MemberResult } from './members.ts';
import type { Ended, Redrive, RedriveCounts, RedriveStep } from './redrive.ts';

/** What became of the members of one step. */
export type Tally = Record<MemberResult, number> & {
  /** Of those that were resolved: only recognised. */
  alreadyDone: number;
  /** Of those that were not: they will only be recognised. */
  repeating: number;
};

export const NOTHING_ENDED: Ended = { resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 };

const EMPTY: Tally = { sent: 0, ...NOTHING_ENDED, alreadyDone: 0, repeating: 0 };

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

/** Whether the member at this position is the first one of a step. */
export const beginsStep = (steps: readonly RedriveStep[], position: number): boolean =>
  position === endOfStep(steps, stepAt(steps, position) - 1);

/** A member at its position of the set. */
export type Placed = { position: number; result: MemberResult | undefined; isRepetition: boolean };

/** What became of the members that ended earlier, and of these. */
export function tallied(steps: readonly RedriveStep[], ended: readonly Ended[], members: Iterable<Placed>): Tally[] {
  const tallies = steps.map((_, step): Tally => ({ ...EMPTY, ...ended[step] }));
  for (const { position, result, isRepetition } of members) {
    const tally = tallies[stepAt(steps, position)];
    if (!tally) continue;
    if (result) tally[result] += 1;
    if (isRepetition) tally[result === 'resolved' ? 'alreadyDone' : 'repeating'] += 1;
  }
  return tallies;
}

/**
 * The steps as large as they have to be. A step is judged on members that were handled again, so a canary step takes one
 * more for each that is not, until it has its size or the set ends. Later steps have what is left.
 */
export function grown({ steps, canary, plan }: GrowingSteps, tallies: readonly Tally[]): RedriveStep[] {
  let left = plan.members;
  const all: RedriveStep[] = [];
  for (const [index, step] of steps.entries()) {
    const { skipped, unknown, alreadyDone, repeating } = tallies[index] ?? EMPTY;
    const wanted = canary[index];
    const needed =
      wanted === undefined ? left : Math.max(step.size, wanted + skipped + unknown + alreadyDone + repeating);
    const size = Math.min(left, isJudged(step) ? step.size : needed);
    if (size > 0) all.push({ ...step, size });
    left -= size;
  }
  return all;
}

type GrowingSteps = Pick<Redrive, 'steps' | 'canary' | 'plan'>;

const isJudged = ({ status }: RedriveStep): boolean => status === 'passed' || status === 'failed';

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
    const { sent: pending, resolved, failedAgain, skipped, unknown, alreadyDone } = tallies[index] ?? EMPTY;
    const before = judged[index - 1];
    const isEnded = resolved + failedAgain + skipped + unknown === size;
    const counted = { size, sent: pending + resolved + failedAgain, resolved, failedAgain, pending };
    const repetitions = alreadyDone > 0 ? { alreadyDone } : {};
    const hasBegun = before === undefined || before.status === 'passed';
    const handled = resolved - alreadyDone;
    const verdict = verdictOf(step, { handled, failedAgain, isEnded, hasBegun, stopAbove });
    judged.push({ ...counted, ...repetitions, ...verdict });
  }
  return judged;
}

type Judged = { handled: number; failedAgain: number; isEnded: boolean; hasBegun: boolean; stopAbove: number };

function verdictOf(
  { status, share: given }: Pick<RedriveStep, 'status' | 'share'>,
  { handled, failedAgain, isEnded, hasBegun, stopAbove }: Judged,
): Pick<RedriveStep, 'status' | 'share'> {
  // A verdict is given once. A message that ends later does not change it.
  if (status === 'passed' || status === 'failed') return { status, ...(given !== undefined && { share: given }) };
  if (!hasBegun) return { status: 'waiting' };
  const ended = handled + failedAgain;
  // The set has ended, and nothing was handled again: there is no share, and nothing follows.
  if (ended === 0) return { status: isEnded ? 'passed' : 'running' };
  const share = failedAgain / ended;
  const isFailed = share > stopAbove && (isEnded || ended >= JUDGED_EARLY);
  if (isFailed) return { status: 'failed', share };
  return isEnded ? { status: 'passed', share } : { status: 'running' };
}
