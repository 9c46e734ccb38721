import { useId, useState } from 'preact/hooks';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Api, Failure } from './api.ts';
import { useTexts } from './context.ts';
import { type Decision, decisionsFor } from './looks.ts';
import { FailureState } from './parts.tsx';
import { mayUse, type Session } from './session.ts';

type Props = { message: NotificationDetailsView; api: Api; session: Session; onDecided: () => void };

/** The possible decisions about a message, each with its consequence. */
export function DecisionForm({ message, api, session, onDecided }: Props) {
  const t = useTexts();
  const decisions = decisionsFor(message.status);
  if (decisions.length === 0) return null;
  return (
    <section class="decide" aria-labelledby="decide">
      <h3 id="decide">{t('decide')}</h3>
      <p class="lead">{message.status === 'PENDING' ? t('cancelLead') : t('decideLead')}</p>
      {mayUse(session, 'messages:write') ? (
        <Form decisions={decisions} id={message.notificationId} api={api} onDecided={onDecided} />
      ) : (
        <p class="note">{t('decisionForbidden')}</p>
      )}
    </section>
  );
}

type FormProps = { decisions: readonly Decision[]; id: string; api: Api; onDecided: () => void };

function Form({ decisions, id, api, onDecided }: FormProps) {
  const t = useTexts();
  const fieldId = useId();
  const [action, setAction] = useState<Decision>();
  const [reason, setReason] = useState('');
  const { isBusy, failure, decide } = useDecision(api, id, onDecided);
  const isReady = action !== undefined && reason.trim() !== '' && !isBusy;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (action && isReady) void decide(action, reason.trim());
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
      <button type="submit" class="button strong" disabled={!isReady}>
        {action ? t(`decision.${action}`) : t('decide')}
      </button>
      <div role="alert">{failure && <FailureState failure={failure} />}</div>
    </form>
  );
}

/** Sends a decision. A repetition after a lost answer has the same key, so it counts once. */
function useDecision(api: Api, id: string, onDecided: () => void) {
  const [sent, setSent] = useState({ key: '', action: '', reason: '' });
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const decide = async (action: Decision, reason: string): Promise<void> => {
    const key = sent.action === action && sent.reason === reason ? sent.key : crypto.randomUUID();
    setSent({ key, action, reason });
    setBusy(true);
    const result = await api.decide(id, action, reason, key);
    setBusy(false);
    setFailure('failure' in result ? result.failure : undefined);
    // After a refusal, too: another person may have decided, and the message shows what.
    onDecided();
  };
  return { isBusy, failure, decide };
}
