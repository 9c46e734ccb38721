import { type AnsweredStart, changed, type Notification, sentProgress } from './notification.ts';

/**
 * A call that is made again later, because its receiver recognises a repetition by the notification's id. So it does
 * not matter whether the outcome of the call is unknown.
 */
export type Repeat = {
  nonce: string;
  /** The receiver certainly did not accept the call: `deferred`. It may have: `unknown`. */
  outcome: 'deferred' | 'unknown';
  /** A code of `REFUSALS`. */
  reason: string;
  answer?: AnsweredStart;
  /** Epoch milliseconds. */
  now: number;
};

/** Releases a claim until `retryAt` (epoch milliseconds). The attempt is kept, so that the row shows each of them. */
export function repeatedAt(notification: Notification, repeat: Repeat, retryAt: number): Notification {
  const attempts = attemptsAfter(notification, repeat);
  return changed(notification, {
    header: { attempts },
    progress: sentProgress(attempts) ?? {
      status: 'PENDING',
      dueAt: retryAt,
      notBefore: retryAt,
      deferredBecause: repeat.reason,
    },
  });
}

/** The attempts after one of them got this outcome. */
export const attemptsAfter = (
  { attempts }: Notification,
  { nonce, outcome, reason, answer, now }: Repeat,
): Notification['attempts'] =>
  attempts.map((attempt) =>
    attempt.nonce === nonce
      ? { ...attempt, outcome, reason, settledAt: new Date(now).toISOString(), ...(answer && { answer }) }
      : attempt,
  );

/** The number of calls since it was requested, or since a person decided to send it again. */
export function callsSinceDecision({ attempts, resolutions }: Notification): number {
  const decidedAt = resolutions?.at(-1)?.at ?? '';
  return attempts.filter(({ claimedAt }) => claimedAt >= decidedAt).length;
}
