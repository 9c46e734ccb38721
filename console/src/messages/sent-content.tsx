import { useTexts } from '#console/base/context.ts';
import { MessageContent } from '#console/parts/message-content.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';

type Props = { message: Pick<NotificationDetailsView, 'content' | 'channel' | 'status'> };

/** What was really sent, or what would be. */
export function SentContent({ message: { content, channel, status } }: Props) {
  const t = useTexts(TEXTS);
  return (
    <section aria-labelledby="content">
      <h3 id="content">{t(status === 'SENT' ? 'sentContent' : 'content')}</h3>
      {content ? <MessageContent content={content} channel={channel} /> : <p class="lead">{t('contentMissing')}</p>}
    </section>
  );
}
