import { useState } from 'preact/hooks';
import type { Api, Result } from '#console/base/api.ts';
import { isLost } from '#console/base/failure.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { type Decided, sendDecision } from './calls.ts';
import { type DecisionAnswer, keyOf, type Outcome, outcomeOf, type Sent } from './decision.ts';
import type { Decision } from './decisions.ts';

export type UsedDecision = {
  isBusy: boolean;
  outcome: Outcome;
  /** Resolves with whether the decision counts. */
  decide: (action: Decision, reason: string) => Promise<boolean>;
};

/**
 * Sends decisions about a message, and knows what became of them and whether another person has decided.
 * @param onAnswer is called after a refusal, too: the message then shows why.
 */
export function useDecision(api: Api, message: NotificationDetailsView, onAnswer: () => void): UsedDecision {
  const { notificationId, resolutions = [] } = message;
  const [known, setKnown] = useState(resolutions.length);
  const [unanswered, setUnanswered] = useState<Sent>();
  const [answer, setAnswer] = useState<DecisionAnswer>();
  const [isBusy, setBusy] = useState(false);
  const decide = async (action: Decision, reason: string): Promise<boolean> => {
    // If the message shows a new decision, the answer is no longer missing.
    const open = resolutions.length > known ? undefined : unanswered;
    const key = keyOf(open, action, reason, () => crypto.randomUUID());
    setBusy(true);
    setKnown(resolutions.length);
    const result = await sendDecision(api, notificationId, { action, reason, key });
    setBusy(false);
    const hasNoAnswer = 'failure' in result && isLost(result.failure);
    setUnanswered(hasNoAnswer ? { key, action, reason } : undefined);
    setAnswer(answerOf(action, result));
    onAnswer();
    return 'value' in result;
  };
  return { isBusy, decide, outcome: isBusy ? {} : outcomeOf(resolutions, known, answer) };
}

function answerOf(action: Decision, result: Result<Decided>): DecisionAnswer {
  if ('failure' in result) return { kind: 'failed', failure: result.failure };
  const at = result.value.resolution?.at;
  return { kind: 'decided', action, ...(at && { at }) };
}
