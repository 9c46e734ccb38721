import { useTexts } from '#console/base/context.ts';
import { MessageContent } from '#console/parts/message-content.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';

type Props = { content: NotificationDetailsView['content']; channel: string };

/** What was really sent. */
export function SentContent({ content, channel }: Props) {
  const t = useTexts(TEXTS);
  return (
    <section aria-labelledby="content">
      <h3 id="content">{t('sentContent')}</h3>
      {content ? <MessageContent content={content} channel={channel} /> : <p class="lead">{t('contentMissing')}</p>}
    </section>
  );
}
