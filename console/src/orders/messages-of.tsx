import { useTexts } from '#console/base/context.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { LoggedNotificationView, RecipientView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

/** A message as an order or the log lists it. An order does not say what became of the recipients. */
type Message = Pick<LoggedNotificationView, 'notificationId' | 'channel' | 'purpose' | 'status' | 'createdAt'> & {
  recipients?: RecipientView[];
};

/** The messages about an order or a customer. Each one opens above the page. */
export function MessagesOf({ view, messages }: { view: Subject; messages: readonly Message[] | undefined }) {
  const t = useTexts(TEXTS);
  return (
    <section class="card" aria-labelledby="messages-of">
      <h2 id="messages-of">{t('messages')}</h2>
      {messages?.length === 0 && <p class="lead">{t('noMessages')}</p>}
      <ul class="rows">
        {messages?.map((message) => (
          <Row key={message.notificationId} view={view} message={message} />
        ))}
      </ul>
    </section>
  );
}

function Row({ view: { kind, id }, message }: { view: Subject; message: Message }) {
  const { notificationId, channel, purpose, status, createdAt, recipients = [] } = message;
  return (
    <li>
      <Status status={shownStatus({ status, recipients })} />
      <a class="row-link" href={searchOf({ kind, id, message: notificationId })}>
        <Channel channel={channel} />
        <Foreign text={purpose} />
      </a>
      <Time at={createdAt} />
    </li>
  );
}
