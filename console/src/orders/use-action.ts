import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import type { OrderView } from '#shared/order/responses.ts';
import { type Action, commandFor, type Sent } from './actions.ts';
import { pathOf } from './calls.ts';

/** What became of the latest command. */
export type Answer = { kind: 'done'; action: Action } | { kind: 'failed'; failure: Failure };

export type UsedAction = {
  isBusy: boolean;
  answer?: Answer;
  /** The order is no longer the one that the person had seen when they began. They have to look at it again. */
  isOutdated: boolean;
  /** It is unknown whether the latest command counted. Repeating it counts once. */
  hasNoAnswer: boolean;
  /** A person begins: from now on, the command is for the version that is shown. Also after they have looked again. */
  begin: () => void;
  /** Resolves with whether the command counts. */
  run: (action: Action, body: object) => Promise<boolean>;
};

/** The version of an order does not fit any more. */
const isMismatch = (failure: Failure): boolean => failure.kind === 'problem' && failure.status === 412;

/**
 * Sends commands on an order for the version that the person has seen.
 * @param etag of the order that is shown.
 * @param onAnswer is called after a refusal, too: the order then shows why.
 */
export function useAction(api: Api, orderId: string, etag: string, onAnswer: () => void): UsedAction {
  const [seen, setSeen] = useState<string>();
  const [unanswered, setUnanswered] = useState<Sent>();
  const [answer, setAnswer] = useState<Answer>();
  const [isBusy, setBusy] = useState(false);
  const run = async (action: Action, body: object): Promise<boolean> => {
    const command = commandFor(unanswered, { action, body, etag: seen ?? etag }, () => crypto.randomUUID());
    setBusy(true);
    const result = await api.send<OrderView>('POST', `${pathOf({ kind: 'order', id: orderId })}/${action}`, {
      body,
      key: command.key,
      ifMatch: command.etag,
    });
    setBusy(false);
    const failure = 'failure' in result ? result.failure : undefined;
    setUnanswered(failure && isLost(failure) ? command : undefined);
    setAnswer(failure ? { kind: 'failed', failure } : { kind: 'done', action });
    if (!failure) setSeen(undefined);
    onAnswer();
    return failure === undefined;
  };
  const begin = (): void => {
    setSeen(etag);
    setAnswer((before) => (before?.kind === 'failed' && isLost(before.failure) ? before : undefined));
  };
  const hasMismatch = answer?.kind === 'failed' && isMismatch(answer.failure);
  // While an answer is missing, the change may be the person’s own one.
  const isOutdated = !isBusy && !unanswered && (hasMismatch || (seen !== undefined && seen !== etag));
  return {
    isBusy,
    isOutdated,
    hasNoAnswer: unanswered !== undefined,
    begin,
    run,
    ...(answer && !isBusy && { answer }),
  };
}
