import type { ComponentChildren } from 'preact';
import { useLanguage, useTexts } from './context.ts';
import type { Failure } from './failure.ts';
import { Icon, type IconName } from './icons.tsx';
import { lookOf } from './looks.ts';
import { valueText } from './texts.ts';
import { exactTime, shortTime } from './times.ts';
import { visibleLine } from './visible-text.ts';

/** A status as word, icon and colour. */
export function Status({ status }: { status: string }) {
  const t = useTexts();
  const { tone, icon } = lookOf(status);
  return (
    <span class="status" data-tone={tone}>
      <Icon name={icon} />
      <span>{valueText(t, 'status', status)}</span>
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
  const t = useTexts();
  const icon: IconName = channel === 'email' || channel === 'sms' || channel === 'webhook' ? channel : 'dot';
  return (
    <span class="channel">
      <Icon name={icon} />
      <span>{valueText(t, 'channel', channel)}</span>
    </span>
  );
}

/** Whether what is shown is up to date. */
export function LiveMark({ isLive, title }: { isLive: boolean; title?: string }) {
  const t = useTexts();
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

/** Why there is no content. */
export function FailureState({ failure }: { failure: Failure }) {
  const t = useTexts();
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
          {t('forbiddenLead')}
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
