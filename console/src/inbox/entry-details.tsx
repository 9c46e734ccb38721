import { useLanguage, useTexts } from '#console/base/context.ts';
import type { ReceivedMail, ReceivedText, ReceivedWebhook } from '#console/base/inbox.ts';
import { linkTo } from '#console/base/links.ts';
import { sizeText } from '#console/base/times.ts';
import { visibleText } from '#console/base/visible-text.ts';
import { Icon } from '#console/parts/icons.tsx';
import { MessageContent } from '#console/parts/message-content.tsx';
import { Foreign, Time } from '#console/parts/parts.tsx';
import { type Entry, nameOf, summaryOf } from './entries.ts';
import { TEXTS, type TextName } from './texts.ts';

/** One received message, as its recipient has it, and everything that came with it. */
export function EntryDetails({ entry, inboxUrl }: { entry: Entry; inboxUrl: string }) {
  const t = useTexts(TEXTS);
  const { who, what } = summaryOf(entry);
  return (
    <article class="inbox-entry" aria-labelledby="inbox-entry">
      <div class="inbox-entry-head">
        <h2 id="inbox-entry">
          <Foreign text={entry.list === 'emails' ? what || t('noSubject') : who} />
        </h2>
        <Time at={entry.received.at} />
      </div>
      <Received key={nameOf(entry)} entry={entry} inboxUrl={inboxUrl} />
    </article>
  );
}

function Received({ entry, inboxUrl }: { entry: Entry; inboxUrl: string }) {
  switch (entry.list) {
    case 'emails':
      return <Mail mail={entry.received} inboxUrl={inboxUrl} />;
    case 'sms':
      return <Text text={entry.received} />;
    case 'webhooks':
      return <Webhook webhook={entry.received} />;
    default:
      return entry satisfies never;
  }
}

function Mail({ mail, inboxUrl }: { mail: ReceivedMail; inboxUrl: string }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const { id, from, to, text, html, attachments, headers = {}, tags } = mail;
  return (
    <>
      <Facts facts={{ sender: from, recipient: to.join(', ') }} />
      <MessageContent channel="email" content={{ text, ...(html && { html }) }} />
      {attachments.length > 0 && (
        <ul class="files" aria-label={t('files')}>
          {attachments.map(({ name, size }, position) => (
            <li key={position}>
              <Icon name="file" />
              <a href={fileUrl(inboxUrl, id, position)} download={name}>
                <Foreign text={name} />
              </a>
              <span class="sub">{sizeText(size, language)}</span>
            </li>
          ))}
        </ul>
      )}
      <LogLink id={tags.notification} />
      <More groups={{ headers, tags, details: { Id: id } }} />
    </>
  );
}

/** Where the inbox gives a file for download. */
const fileUrl = (inboxUrl: string, id: string, position: number): string =>
  `${inboxUrl}/emails/${encodeURIComponent(id)}/attachments/${position}`;

function Text({ text: { id, to, from, body, context } }: { text: ReceivedText }) {
  return (
    <>
      <Facts facts={{ ...(from && { sender: from }), recipient: to }} />
      <MessageContent channel="sms" content={{ text: body }} />
      <LogLink id={context?.notification} />
      <More groups={{ context: context ?? {}, details: { Id: id } }} />
    </>
  );
}

function Webhook({ webhook: { body, headers } }: { webhook: ReceivedWebhook }) {
  return (
    <>
      <MessageContent channel="webhook" content={{ text: indented(body) }} />
      <More groups={{ headers }} />
    </>
  );
}

/** JSON as people read it. Another body stays as it is. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** The message in the log, which says why it was sent, and what happened to it. */
function LogLink({ id }: { id: string | undefined }) {
  const t = useTexts(TEXTS);
  return id ? <a href={linkTo('messages', { message: id })}>{t('openMessage')}</a> : null;
}

function Facts({ facts }: { facts: Partial<Record<TextName, string>> }) {
  const t = useTexts(TEXTS);
  return (
    <dl class="inbox-facts">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name === 'sender' ? t('sender') : t('recipient')}</dt>
          <dd>
            <Foreign text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Groups = Partial<Record<TextName, Readonly<Record<string, string>>>>;

/** What a person rarely needs: names and values, exactly as they came. */
function More({ groups }: { groups: Groups }) {
  const t = useTexts(TEXTS);
  return (
    <>
      {(['headers', 'tags', 'context', 'details'] as const).map((name) => {
        const values = Object.entries(groups[name] ?? {});
        if (values.length === 0) return null;
        return (
          <details key={name} class="inbox-more">
            <summary>{t(name)}</summary>
            <dl class="inbox-facts code">
              {values.map(([key, value]) => (
                <div key={key}>
                  <dt>
                    <Foreign text={key} />
                  </dt>
                  <dd>
                    <Foreign text={visibleText(value)} />
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        );
      })}
    </>
  );
}
