import { useMemo, useState } from 'preact/hooks';
import { COMMON } from '#console/base/common-texts.ts';
import { useLanguage, useTexts } from '#console/base/context.ts';
import { sizeText } from '#console/base/times.ts';
import { visibleText } from '#console/base/visible-text.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { Icon } from './icons.tsx';
import { mailDocument } from './mail-document.ts';
import { withoutExits } from './mail-exits.ts';
import './message-content.css';
import { Foreign } from './parts.tsx';

type Content = NonNullable<NotificationDetailsView['content']>;

/** A message as its recipient sees it: the e-mail in a frame, its text, and its files. It was sent, or would be. */
export function MessageContent({ content, channel }: { content: Content; channel: string }) {
  const t = useTexts(COMMON);
  const language = useLanguage();
  const { headers = [], subject, text, html, segments, attachments = [] } = content;
  // The message is read again and again, and a mail may be large.
  const mail = useMemo(() => html && mailDocument(withoutExits(html)), [html]);
  const [isText, setText] = useState(html === undefined);
  return (
    <div class="sent" data-channel={channel}>
      {subject !== undefined && (
        <p class="sent-subject">
          <span class="unseen">{t('subject')}: </span>
          <Foreign text={subject} />
        </p>
      )}
      {headers.length > 0 && (
        <dl class="sent-headers" aria-label={t('headers')}>
          {headers.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Foreign text={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {html !== undefined && (
        <fieldset class="switch">
          <legend class="unseen">{t('sentContent')}</legend>
          <button type="button" aria-pressed={!isText} onClick={() => setText(false)}>
            {t('asRecipient')}
          </button>
          <button type="button" aria-pressed={isText} onClick={() => setText(true)}>
            {t('asText')}
          </button>
        </fieldset>
      )}
      {html !== undefined && !isText ? (
        <iframe title={t('frameTitle')} sandbox="" srcdoc={mail} />
      ) : (
        <pre class="sent-text" dir="auto">
          {visibleText(text)}
        </pre>
      )}
      {segments !== undefined && (
        <p class="sub">
          {t('segments')}: {segments}
        </p>
      )}
      {attachments.length > 0 && (
        <ul class="files" aria-label={t('files')}>
          {attachments.map(({ attachmentId, name, contentType, size }) => (
            <li key={attachmentId}>
              <Icon name="file" /> <Foreign text={name} />
              <span class="sub">
                {' '}
                <Foreign text={contentType} /> · {sizeText(size, language)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
