import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { Session } from '#console/base/session.ts';
import { Icon } from '#console/parts/icons.tsx';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, FailureState, Foreign, LiveMark, Status, Time } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { DecisionForm, DecisionOutcome } from './decision-form.tsx';
import { SentContent } from './sent-content.tsx';
import { TEXTS, type TextName } from './texts.ts';
import { Timeline } from './timeline.tsx';
import { useDecision } from './use-decision.ts';
import { useMessage } from './use-message.ts';

type Props = {
  id: string;
  api: Api;
  session: Session;
  onRead: (message: NotificationDetailsView) => void;
  onClose: () => void;
};

/** One message with everything about it. It is read again while it is open. */
export function MessageDialog({ id, api, session, onRead, onClose }: Props) {
  const t = useTexts(TEXTS);
  const dialog = useRef<HTMLDialogElement>(null);
  const { message, failure, read } = useMessage(api, id, onRead);
  const hasLeft = useRef(false);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      // Closing gives the focus back. The view has changed already, so it is no reason to change it again.
      hasLeft.current = true;
      shown?.close();
    };
  }, []);
  const pressed = useRef<EventTarget | null>(null);
  const closeOutside = ({ target, currentTarget }: MouseEvent): void => {
    // The content covers the whole dialog, so a click on the dialog itself is on its backdrop. Selecting text may end there.
    if (target === currentTarget && pressed.current === currentTarget) dialog.current?.close();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={dialog}
      class="message"
      aria-labelledby="message-title"
      onClose={() => hasLeft.current || onClose()}
      onPointerDown={({ target }) => {
        pressed.current = target;
      }}
      onClick={closeOutside}
    >
      <div class="message-body">
        <div class="message-head">
          <h2 id="message-title">{t('message')}</h2>
          {message && <Status status={shownStatus(message)} />}
          <span role="status">{message && failure && <LiveMark isLive={false} />}</span>
          <button type="button" class="icon-button" aria-label={t('close')} onClick={() => dialog.current?.close()}>
            <Icon name="cross" />
          </button>
        </div>
        {message ? (
          <Content message={message} api={api} session={session} onAnswer={() => void read()} />
        ) : failure ? (
          <FailureState failure={failure} />
        ) : (
          <p class="lead">{t('loading')}</p>
        )}
      </div>
    </dialog>
  );
}

type ContentProps = { message: NotificationDetailsView; api: Api; session: Session; onAnswer: () => void };

function Content({ message, api, session, onAnswer }: ContentProps) {
  const t = useTexts(TEXTS);
  const decision = useDecision(api, message, onAnswer);
  return (
    <>
      {message.doubled && <p class="warning">{t('doubled')}</p>}
      <DecisionOutcome outcome={decision.outcome} />
      <DecisionForm message={message} session={session} decision={decision} />
      <Timeline message={message} />
      <Recipients message={message} />
      <SentContent content={message.content} channel={message.channel} />
      <section aria-labelledby="details">
        <h3 id="details">{t('details')}</h3>
        <Facts message={message} />
      </section>
    </>
  );
}

function Recipients({ message: { recipients } }: { message: NotificationDetailsView }) {
  const t = useTexts(TEXTS);
  if (recipients.length === 0) return null;
  return (
    <section aria-labelledby="recipients">
      <h3 id="recipients">{t('recipients')}</h3>
      <ul class="recipients">
        {recipients.map(({ address, outcome, at, code }, position) => (
          <li key={position}>
            <span class="recipient-address">{address ? <Foreign text={address} /> : t('erased')}</span>
            <Status status={outcome} />
            {code && (
              <span class="sub code">
                <Foreign text={code} />
              </span>
            )}
            {at && (
              <span class="sub">
                <Time at={at} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Everything else that the API says about the message. */
function Facts({ message }: { message: NotificationDetailsView }) {
  const { channel, createdAt, sendAt, reason, deferredBecause, next } = message;
  const ids: readonly [TextName, string | undefined][] = [
    ['purpose', message.purpose],
    ['order', message.orderId],
    ['customer', message.customerId],
    ['providerMessageId', message.providerMessageId],
    ['notificationId', message.notificationId],
    ['correlationId', message.correlationId],
  ];
  const why = reason ?? deferredBecause;
  return (
    <dl class="facts">
      <Fact name="channel">
        <Channel channel={channel} />
      </Fact>
      <Fact name="created">
        <Time at={createdAt} />
      </Fact>
      {sendAt && (
        <Fact name="sendAt">
          <Time at={sendAt} />
        </Fact>
      )}
      <Fact name="attempts">{message.attempts.length}</Fact>
      {why && (
        <Fact name="reason">
          <span class="code">
            <Foreign text={why} />
          </span>
        </Fact>
      )}
      {next && (
        <Fact name="next">
          <Foreign text={next} />
        </Fact>
      )}
      {ids.map(
        ([name, value]) =>
          value && (
            <Fact key={name} name={name}>
              <span class="code">
                <Foreign text={value} />
              </span>
            </Fact>
          ),
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: TextName; children: ComponentChildren }) {
  const t = useTexts(TEXTS);
  return (
    <div>
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}
