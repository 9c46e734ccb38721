import type { ComponentChildren } from 'preact';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import type { Session } from '#console/base/session.ts';
import { Dialog } from '#console/parts/dialog.tsx';
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
  /** Is called with each version that was read. */
  onRead?: (message: NotificationDetailsView) => void;
  onClose: () => void;
};

/** One message with everything about it. It is read again while it is open. */
export function MessageDialog({ id, api, session, onRead, onClose }: Props) {
  const t = useTexts(TEXTS);
  const { message, failure, read } = useMessage(api, id, onRead);
  const marks = (
    <>
      {message && <Status status={shownStatus(message)} />}
      <span role="status">{message && failure && <LiveMark isLive={false} />}</span>
    </>
  );
  return (
    <Dialog title={t('message')} marks={marks} onClose={onClose}>
      {message ? (
        <Content message={message} api={api} session={session} onAnswer={() => void read()} />
      ) : failure ? (
        <FailureState failure={failure} />
      ) : (
        <p class="lead">{t('loading')}</p>
      )}
    </Dialog>
  );
}

type ContentProps = { message: NotificationDetailsView; api: Api; session: Session; onAnswer: () => void };

function Content({ message, api, session, onAnswer }: ContentProps) {
  const t = useTexts(TEXTS);
  const decision = useDecision(api, message, onAnswer);
  return (
    <>
      {message.doubled && <p class="warning">{t('doubled')}</p>}
      <DecisionOutcome outcome={decision.outcome} message={message} />
      <DecisionForm message={message} session={session} decision={decision} />
      <Timeline message={message} />
      <Recipients message={message} />
      <SentContent message={message} />
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
  const { orderId, customerId } = message;
  const ids: readonly [TextName, string | undefined, href?: string][] = [
    ['purpose', message.purpose],
    ['order', orderId, linkTo('orders', { order: orderId })],
    ['customer', customerId, linkTo('orders', { customer: customerId })],
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
        ([name, value, href]) =>
          value && (
            <Fact key={name} name={name}>
              <span class="code">
                {href === undefined ? (
                  <Foreign text={value} />
                ) : (
                  <a href={href}>
                    <Foreign text={value} />
                  </a>
                )}
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
