import { useId, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { mayUse, type Session } from '#console/base/session.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import type { OrderView } from '#shared/order/responses.ts';
import { ActionFields } from './action-fields.tsx';
import { type Action, actionsFor } from './actions.ts';
import { bodyOf, EMPTY_INPUT } from './input.ts';
import { TEXTS } from './texts.ts';
import { type UsedAction, useAction } from './use-action.ts';

type Props = { order: OrderView; etag: string; api: Api; session: Session; onAnswer: () => void };

/** What a person can do with an order in its state, each with its consequence, and what became of it. */
export function OrderActions({ order, etag, api, session, onAnswer }: Props) {
  const t = useTexts(TEXTS);
  const used = useAction(api, order.orderId, etag, onAnswer);
  const [chosen, setChosen] = useState<Action>();
  const offered = actionsFor(order.status);
  // An action that has become impossible stays, so that a person does not lose what they typed.
  const shown = chosen && !offered.includes(chosen) ? [...offered, chosen] : offered;
  const isAllowed = mayUse(session, 'orders:write');
  if (shown.length === 0 && !used.answer) return null;
  return (
    <section class="card subject-actions" aria-labelledby="actions">
      <h2 id="actions">{t('actions')}</h2>
      <Outcome used={used} />
      {isAllowed ? (
        <Form {...{ order, used, offered, shown, chosen, setChosen }} />
      ) : (
        <p class="note">{t('actionsForbidden')}</p>
      )}
    </section>
  );
}

type FormProps = {
  order: OrderView;
  used: UsedAction;
  offered: readonly Action[];
  shown: readonly Action[];
  chosen: Action | undefined;
  setChosen: (action: Action | undefined) => void;
};

function Form({ order, used, offered, shown, chosen, setChosen }: FormProps) {
  const t = useTexts(TEXTS);
  const group = useId();
  const [input, setInput] = useState(EMPTY_INPUT);
  const { isBusy, isOutdated, hasNoAnswer, begin, run } = used;
  const body = chosen && bodyOf(chosen, input, order);
  // The answer to a command that counted may be missing: repeating it is possible in every state.
  const isPossible = chosen !== undefined && (offered.includes(chosen) || hasNoAnswer);
  const isReady = isPossible && body !== undefined && !isBusy && !isOutdated;
  const choose = (action: Action): void => {
    if (chosen === undefined) begin();
    setChosen(action);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!isReady || !(await run(chosen, body))) return;
    setChosen(undefined);
    setInput(EMPTY_INPUT);
  };
  return (
    <form class="action-form" onSubmit={submit}>
      <div class="options" role="radiogroup" aria-labelledby="actions">
        {shown.map((action) => (
          <label key={action} class="option">
            <input type="radio" name={group} checked={chosen === action} onChange={() => choose(action)} />
            <span>
              <strong>{t(`action.${action}`)}</strong>
              <span class="sub">{offered.includes(action) ? t(`consequence.${action}`) : t('noLongerPossible')}</span>
            </span>
          </label>
        ))}
      </div>
      {chosen && <ActionFields action={chosen} input={input} onInput={setInput} currency={order.currency} />}
      {chosen && (
        <div class="actions">
          <button type="submit" class="button strong" aria-disabled={!isReady}>
            {t(`action.${chosen}`)}
          </button>
          {isOutdated && (
            <button type="button" class="button" onClick={begin}>
              {t('continueWith')}
            </button>
          )}
          <button type="button" class="button quiet" onClick={() => setChosen(undefined)}>
            {t('leave')}
          </button>
        </div>
      )}
    </form>
  );
}

/** What became of the latest command, and whether the order has changed since the person began. */
function Outcome({ used: { answer, isOutdated } }: { used: UsedAction }) {
  const t = useTexts(TEXTS);
  return (
    <>
      <div role="alert">
        {isOutdated ? (
          <p class="warning">{t('outdated')}</p>
        ) : (
          answer?.kind === 'failed' && <Refusal failure={answer.failure} />
        )}
      </div>
      <div role="status">
        {answer?.kind === 'done' && <p class="outcome">{t('actionDone', { action: t(`action.${answer.action}`) })}</p>}
      </div>
    </>
  );
}

function Refusal({ failure }: { failure: Failure }) {
  const t = useTexts(TEXTS);
  if (isLost(failure)) return <p class="warning">{t('answerLost')}</p>;
  if (failure.kind === 'forbidden') return <p class="warning">{t('actionsForbidden')}</p>;
  if (failure.kind !== 'problem') return null;
  return (
    <p class="warning">
      {t('errorTitle')}: <span lang="en">{visibleLine([failure.detail, failure.next].filter(Boolean).join(' '))}</span>
    </p>
  );
}
