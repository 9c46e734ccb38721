import { useId } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { useDraft } from '#console/base/draft.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { mayUse, type Session } from '#console/base/session.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { Foreign, Time } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Outcome } from './decision.ts';
import { type Decision, decisionsFor } from './decisions.ts';
import { TEXTS } from './texts.ts';
import type { UsedDecision } from './use-decision.ts';

type Props = { message: NotificationDetailsView; session: Session; decision: UsedDecision };

/** The possible decisions about a message, each with its consequence. */
export function DecisionForm({ message, session, decision }: Props) {
  const t = useTexts(TEXTS);
  const decisions = decisionsFor(message);
  if (decisions.length === 0) return null;
  return (
    <section class="decide" aria-labelledby="decide">
      <h3 id="decide">{t('decide')}</h3>
      <p class="lead">{message.status === 'PENDING' ? t('cancelLead') : t('decideLead')}</p>
      {mayUse(session, 'messages:write') ? (
        <Form decisions={decisions} {...{ message, session, decision }} />
      ) : (
        <p class="note">{t('decisionForbidden')}</p>
      )}
    </section>
  );
}

type FormProps = Props & { decisions: readonly Decision[] };

function Form({ decisions, message: { notificationId }, session, decision: { isBusy, decide } }: FormProps) {
  const t = useTexts(TEXTS);
  const fieldId = useId();
  const [chosen, setAction] = useDraft(session, `decision ${notificationId}`);
  const [reason, setReason] = useDraft(session, `reason ${notificationId}`);
  const action = decisions.find((one) => one === chosen);
  const isReady = action !== undefined && reason.trim() !== '' && !isBusy;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!action || !isReady || !(await decide(action, reason.trim()))) return;
    setAction('');
    setReason('');
  };
  return (
    <form onSubmit={submit}>
      <div class="options" role="radiogroup" aria-labelledby="decide">
        {decisions.map((one) => (
          <label key={one} class="option">
            <input type="radio" name={fieldId} checked={action === one} onChange={() => setAction(one)} />
            <span>
              <strong>{t(`decision.${one}`)}</strong>
              <span class="sub">{t(`consequence.${one}`)}</span>
            </span>
          </label>
        ))}
      </div>
      <div class="field">
        <label for={fieldId}>{t('decisionReason')}</label>
        <input
          id={fieldId}
          type="text"
          maxLength={500}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </div>
      <button type="submit" class="button strong" aria-disabled={!isReady}>
        {action ? t(`decision.${action}`) : t('decide')}
      </button>
    </form>
  );
}

/**
 * What became of a decision, and what another person has decided. It stays when the form disappears. A refusal says what to do
 * next, so it is left out if nothing is left to decide.
 */
export function DecisionOutcome({
  outcome: { answer, other },
  message,
}: {
  outcome: Outcome;
  message: NotificationDetailsView;
}) {
  const t = useTexts(TEXTS);
  const isOver = other !== undefined && decisionsFor(message).length === 0;
  return (
    <>
      <div role="alert">{answer?.kind === 'failed' && !isOver && <Refusal failure={answer.failure} />}</div>
      <div role="status">
        {answer?.kind === 'decided' && (
          <p class="outcome">{t('decided', { action: t(`decision.${answer.action}`) })}</p>
        )}
        {other && (
          <p class="outcome">
            {t('otherDecided')} <strong>{t.value('decision', other.action)}</strong> (<Foreign text={other.by} />,{' '}
            <Time at={other.at} />)
          </p>
        )}
      </div>
    </>
  );
}

function Refusal({ failure }: { failure: Failure }) {
  const t = useTexts(TEXTS);
  if (isLost(failure)) return <p class="warning">{t('answerLost')}</p>;
  if (failure.kind === 'forbidden') return <p class="warning">{t('decisionForbidden')}</p>;
  if (failure.kind === 'not-found') return <p class="warning">{t('notFoundTitle')}</p>;
  if (failure.kind !== 'problem') return null;
  // Another person, or the pipeline, was faster. The message shows what happened.
  if (failure.status === 409) return <p class="warning">{t('decisionLate')}</p>;
  return (
    <p class="warning">
      {t('errorTitle')}: <span lang="en">{visibleLine([failure.detail, failure.next].filter(Boolean).join(' '))}</span>
    </p>
  );
}
