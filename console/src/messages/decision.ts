import { type Failure, isLost } from '#console/base/failure.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Decision } from './decisions.ts';

export type Resolution = NonNullable<NotificationDetailsView['resolutions']>[number];

/** A decision that was sent with this key. */
export type Sent = { key: string; action: Decision; reason: string };

/** What the API answered to a decision. `at` identifies the resolution. */
export type DecisionAnswer = { kind: 'decided'; action: Decision; at?: string } | { kind: 'failed'; failure: Failure };

/**
 * The key of a decision. The same decision keeps its key after a lost answer, so that it counts once. After every other
 * answer it is a new decision.
 * @param unanswered the latest decision, if its answer was lost.
 */
export function keyOf(unanswered: Sent | undefined, action: Decision, reason: string, newKey: () => string): string {
  return unanswered?.action === action && unanswered.reason === reason ? unanswered.key : newKey();
}

/** What a person has to know about the decisions on the open message: their own latest one, and that of another person. */
export type Outcome = { answer?: DecisionAnswer; other?: Resolution };

/**
 * @param known how many resolutions the message had when the person opened it or last decided.
 * @param answer of the person’s latest decision.
 */
export function outcomeOf(resolutions: readonly Resolution[], known: number, answer?: DecisionAnswer): Outcome {
  const latest = resolutions.slice(known).at(-1);
  if (!latest || (answer?.kind === 'decided' && answer.at === latest.at)) return answer ? { answer } : {};
  // What the message says replaces what the page knew. Only a refusal stays true.
  return answer?.kind === 'failed' && !isLost(answer.failure) ? { answer, other: latest } : { other: latest };
}
