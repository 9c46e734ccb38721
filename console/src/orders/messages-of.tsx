import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { usePolled } from '#console/base/use-polled.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { LoggedNotificationView } from '#shared/message-log/responses.ts';
import { readMessagesOf } from './calls.ts';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

/** The messages about an order or a customer. Each one opens above the page. */
export function MessagesOf({ view, api }: { view: Subject; api: Api }) {
  const { value: messages } = usePolled((signal) => readMessagesOf(api, view, signal), view.id);
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

function Row({ view: { kind, id }, message }: { view: Subject; message: LoggedNotificationView }) {
  const { notificationId, channel, purpose, createdAt } = message;
  return (
    <li>
      <Status status={shownStatus(message)} />
      <a class="row-link" href={searchOf({ kind, id, message: notificationId })}>
        <Channel channel={channel} />
        <Foreign text={purpose} />
      </a>
      <Time at={createdAt} />
    </li>
  );
}
