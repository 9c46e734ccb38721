import { useLanguage, useTexts } from '#console/base/context.ts';
import type { Inbox } from '#console/base/inbox.ts';
import { linkTo } from '#console/base/links.ts';
import { durationText } from '#console/base/times.ts';
import { Icon, type IconName } from '#console/parts/icons.tsx';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, Foreign, Status } from '#console/parts/parts.tsx';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { receivedCount } from './received.ts';
import { STEPS, type Step, type StepState, stepsOf } from './steps.ts';
import { Story } from './story.tsx';
import { TEXTS } from './texts.ts';

const ICONS = {
  open: 'dot',
  active: 'arrow',
  done: 'check',
  attention: 'clock',
  bad: 'cross',
} as const satisfies Record<StepState, IconName>;

type LaneProps = { message: NotificationDetailsView; orderId: string; inbox: Inbox | undefined };

/** The way of one message, from the outbox to the outside world. */
export function Lane({ message, orderId, inbox }: LaneProps) {
  const t = useTexts(TEXTS);
  const { channel, notificationId, recipients, status, reason, deferredBecause } = message;
  const [recipient] = recipients;
  const why = reason ?? deferredBecause;
  const received = inbox && receivedCount(inbox, message, orderId);
  return (
    <li class="lane" data-channel={channel}>
      <div class="lane-head">
        <Channel channel={channel} />
        {recipient?.address && <Foreign text={recipient.address} />}
        <Status status={shownStatus(message)} />
      </div>
      <ol class="steps" aria-label={t.value('channel', channel)}>
        {stepsOf(message).map((step) => (
          <StepNode key={step.name} step={step} />
        ))}
        {received !== undefined && <Outside count={received} isOver={status === 'SENT'} />}
      </ol>
      <div class="lane-foot">
        {why && <span class="sub">{t('waitsBecause', { reason: why })}</span>}
        <a class={status === 'HELD' ? 'button' : 'sub'} href={linkTo('messages', { message: notificationId })}>
          {t(status === 'HELD' ? 'decide' : 'openMessage')}
        </a>
        {inbox && (
          <a class="sub" href={linkTo('inbox', { find: orderId })}>
            {t('openInbox')}
          </a>
        )}
      </div>
      <Story message={message} />
    </li>
  );
}

/** The same way before there is a message. */
export function EmptyLane({ channel }: { channel: string }) {
  const t = useTexts(TEXTS);
  return (
    <li class="lane" data-channel={channel}>
      <div class="lane-head">
        <Channel channel={channel} />
      </div>
      <ol class="steps" aria-label={t.value('channel', channel)}>
        {STEPS.map((name) => (
          <StepNode key={name} step={{ name, state: 'open' }} />
        ))}
      </ol>
    </li>
  );
}

function StepNode({ step: { name, state, afterMs, status } }: { step: Step }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  return (
    <li class="step" data-state={state} data-step={name}>
      <span class="node">
        <Icon name={ICONS[state]} />
      </span>
      <span class="step-text">
        <span class="step-name">{t(`step.${name}`)}</span>
        <span class="step-status">{status ? t.value('status', status) : t(`state.${state}`)}</span>
        {afterMs !== undefined && <span class="step-after">+{durationText(afterMs, language)}</span>}
      </span>
    </li>
  );
}

/** How often the outside world received the message. More than once is never right. */
function Outside({ count, isOver }: { count: number; isOver: boolean }) {
  const t = useTexts(TEXTS);
  const state: StepState = count > 1 ? 'bad' : count === 1 ? 'done' : isOver ? 'attention' : 'open';
  return (
    <li class="step" data-state={state} data-step="outside">
      <span class="node node-count">{count}</span>
      <span class="step-text">
        <span class="step-name">{t('step.outside')}</span>
        <span class="step-status">{t('received', { count })}</span>
      </span>
    </li>
  );
}
