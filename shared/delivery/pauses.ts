import type { Randomness } from '#shared/messaging/system.ts';

/** The pauses between the calls of one message, for a channel whose calls are repeated; absent: they are not. */
export type Pausing = { pausesMs?: readonly number[] };

/** Spreads the repetitions of an endpoint that failed for many messages. */
const SPREAD = 0.1;

/**
 * The pause after the nth call: the one of the schedule, or the longer one that the receiver asked for, which is
 * limited to the longest of the schedule.
 * @param calls number of calls that were made.
 * @returns milliseconds; undefined: that was the last call.
 */
export function pauseAfter(
  calls: number,
  askedMs: number,
  { sender: { pausesMs = [] }, random }: { sender: Pausing; random: Randomness },
): number | undefined {
  const pauseMs = pausesMs[calls - 1];
  if (pauseMs === undefined) return undefined;
  const longestMs = Math.max(...pausesMs);
  return Math.round(Math.max(pauseMs * (1 + SPREAD * random.fraction()), Math.min(askedMs, longestMs)));
}
