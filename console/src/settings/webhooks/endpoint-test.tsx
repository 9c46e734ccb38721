import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { linkTo } from '#console/base/links.ts';
import { usePolling } from '#console/base/use-polling.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Foreign, Status } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { readDelivery, sendTest } from './calls.ts';
import { Refusal } from './refusal.tsx';
import { TEXTS } from './texts.ts';

type Props = { api: Api; endpointId: string; isEnabled: boolean; hasDraft: boolean };

/** Posts a test event to the endpoint as it is saved, and shows what became of it. */
export function EndpointTest({ api, endpointId, isEnabled, hasDraft }: Props) {
  const t = useTexts(TEXTS);
  const { isBusy, notificationId, failure, send } = useTest(api, endpointId);
  const isReady = isEnabled && !isBusy;
  const hint = isEnabled ? hasDraft && t('testSaved') : t('testPaused');
  return (
    <div class="endpoint-test">
      <div class="row">
        <button type="button" class="button" aria-disabled={!isReady} onClick={() => isReady && send()}>
          {t('test')}
        </button>
        {hint && <span class="sub">{hint}</span>}
      </div>
      <div role="status">{notificationId && <Outcome key={notificationId} api={api} id={notificationId} />}</div>
      <div role="alert">{failure && <Refusal failure={failure} faultCount={0} />}</div>
    </div>
  );
}

function useTest(api: Api, endpointId: string) {
  const [isBusy, setBusy] = useState(false);
  const [notificationId, setNotificationId] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [unanswered, setUnanswered] = useState<string>();
  const send = async (): Promise<void> => {
    // The same key after a lost answer, so that one test is posted.
    const key = unanswered ?? crypto.randomUUID();
    setBusy(true);
    const result = await sendTest(api, endpointId, key);
    setBusy(false);
    const why = 'failure' in result ? result.failure : undefined;
    setFailure(why);
    setUnanswered(why && isLost(why) ? key : undefined);
    setNotificationId('value' in result ? result.value.notificationId : undefined);
  };
  return { isBusy, notificationId, failure, send };
}

/** Follows the webhook of the test. */
function Outcome({ api, id }: { api: Api; id: string }) {
  const t = useTexts(TEXTS);
  const [message, setMessage] = useState<NotificationDetailsView>();
  usePolling(
    async (signal) => {
      const result = await readDelivery(api, id, signal);
      if ('value' in result && !signal.aborted) setMessage(result.value);
      return 'value' in result;
    },
    id,
    { concerns: (change) => change.kind === 'notification' && change.id === id },
  );
  if (!message) return <p class="note">{t('testWaits')}</p>;
  return (
    <div class="outcome">
      <p class="row">
        <Status status={shownStatus(message)} />
        <a href={linkTo('messages', { message: id })}>{t('testMessage')}</a>
      </p>
      <p>
        <Explanation message={message} />
      </p>
    </div>
  );
}

/** What the endpoint answered, and what follows. */
function Explanation({ message: { status, attempts, durations, next } }: { message: NotificationDetailsView }) {
  const t = useTexts(TEXTS);
  if (status === 'SENT') return <>{t('testAccepted', { ms: durations.claimedToSentMs ?? '–' })}</>;
  const { reason, answer } = attempts.at(-1) ?? {};
  if (!reason) return <>{t('testWaits')}</>;
  return (
    <>
      <Foreign text={reason} />
      {answer && <>, HTTP {answer.status}</>}
      {answer?.start && (
        <>
          : <Foreign text={answer.start} />
        </>
      )}
      {status === 'PENDING' && <>. {t('testRepeats')}</>}
      {next && <span lang="en">. {visibleLine(next)}</span>}
    </>
  );
}
