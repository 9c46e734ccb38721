import type { ComponentChildren } from 'preact';
import { COMMON } from '#console/base/common-texts.ts';
import { useLanguage, useTexts } from '#console/base/context.ts';
import type { Failure } from '#console/base/failure.ts';
import { exactTime, shortTime } from '#console/base/times.ts';
import { visibleLine } from '#console/base/visible-text.ts';
import { Icon, type IconName } from './icons.tsx';
import { lookOf } from './looks.ts';

/** A status as word, icon and colour. */
export function Status({ status }: { status: string }) {
  const t = useTexts(COMMON);
  const { tone, icon } = lookOf(status);
  return (
    <span class="status" data-tone={tone}>
      <Icon name={icon} />
      <span>{t.value('status', status)}</span>
    </span>
  );
}

/** A text that a customer or another system wrote. It cannot change the text around it, whatever it contains. */
export const Foreign = ({ text }: { text: string }) => <bdi class="foreign">{visibleLine(text)}</bdi>;

/** A time in the viewer’s time zone. Hovering shows the exact one. */
export function Time({ at }: { at: string }) {
  const language = useLanguage();
  return (
    <time dateTime={at} title={exactTime(at, language)}>
      {shortTime(at, language)}
    </time>
  );
}

/** The channel of a message, as icon and word. */
export function Channel({ channel }: { channel: string }) {
  const t = useTexts(COMMON);
  const icon: IconName = channel === 'email' || channel === 'sms' || channel === 'webhook' ? channel : 'dot';
  return (
    <span class="channel">
      <Icon name={icon} />
      <span>{t.value('channel', channel)}</span>
    </span>
  );
}

/** Whether what is shown is up to date. */
export function LiveMark({ isLive, title }: { isLive: boolean; title?: string }) {
  const t = useTexts(COMMON);
  return (
    <span class="live" data-live={isLive} title={title}>
      {isLive ? t('live') : t('paused')}
    </span>
  );
}

/** A state in place of content: nothing there, nothing allowed, no answer. */
export function Placeholder({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="placeholder">
      <span class="placeholder-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/**
 * Why there is no content.
 * @param scope that the content needs.
 */
export function FailureState({ failure, scope = 'messages:read' }: { failure: Failure; scope?: string }) {
  const t = useTexts(COMMON);
  switch (failure.kind) {
    case 'offline':
      return (
        <Placeholder icon="question" title={t('offlineTitle')}>
          {t('offlineLead')}
        </Placeholder>
      );
    case 'expired':
      return (
        <Placeholder icon="clock" title={t('expiredTitle')}>
          {t('expiredLead')}
        </Placeholder>
      );
    case 'forbidden':
      return (
        <Placeholder icon="stop" title={t('forbiddenTitle')}>
          {t('forbiddenLead', { scope })}
        </Placeholder>
      );
    case 'not-found':
      return (
        <Placeholder icon="question" title={t('notFoundTitle')}>
          {t('notFoundLead')}
        </Placeholder>
      );
    case 'problem':
      return (
        <Placeholder icon="cross" title={t('errorTitle')}>
          <span lang="en">{visibleLine([failure.detail, failure.next].filter(Boolean).join(' '))}</span>
        </Placeholder>
      );
    default:
      return failure satisfies never;
  }
}

/** The shape of the rows, before the first ones are there. */
export function Skeleton() {
  const t = useTexts(COMMON);
  return (
    <div class="skeleton" aria-busy="true">
      <span class="unseen">{t('loading')}</span>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <span key={row} class="skeleton-row" />
      ))}
    </div>
  );
}
