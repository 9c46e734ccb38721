import { useLanguage, useTexts } from '#console/base/context.ts';
import { durationText } from '#console/base/times.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';

/** Entries that a message without a fault does not have. */
const EVENTFUL: readonly string[] = ['unknown', 'deferred', 'rejected', 'held', 'resolved'];

/** Everything that happened to the message, in order. It is open when more happened than usual. */
export function Story({ message: { timeline, createdAt } }: { message: NotificationDetailsView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const isEventful = timeline.some(({ kind }) => EVENTFUL.includes(kind));
  return (
    <details class="story" open={isEventful}>
      <summary>{t('story')}</summary>
      <ol>
        {timeline.map(({ at, kind, outcome, attempt, reason, code }, index) => (
          <li key={index}>
            <span class="story-after">+{durationText(Date.parse(at) - Date.parse(createdAt), language)}</span>
            <span>
              {t.value('event', kind)}
              {attempt !== undefined && attempt > 1 && <> ({t('attempt', { count: attempt })})</>}
              {outcome && <>: {t.value('status', outcome)}</>}
              {(reason ?? code) && (
                <span class="sub">
                  {' '}
                  <Foreign text={reason ?? code ?? ''} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
