import type { ComponentChildren } from 'preact';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import type { Inbox } from '#console/base/inbox.ts';
import { Icon } from '#console/parts/icons.tsx';
import { shownStatus } from '#console/parts/looks.ts';
import { FailureState, Foreign, LiveMark } from '#console/parts/parts.tsx';
import type { Run } from './calls.ts';
import { EmptyLane, Lane } from './pipeline.tsx';
import { TEXTS } from './texts.ts';
import { useRun } from './use-run.ts';

type Props = { api: Api; orderId: string; others: number; inbox: Inbox | undefined };

/** One order on its way. */
export function OrderRun({ api, orderId, others, inbox }: Props) {
  const t = useTexts(TEXTS);
  const { run, failure } = useRun(api, orderId, others);
  if (!run && failure) return <FailureState failure={failure} />;
  return (
    <article class="run" aria-labelledby={`run-${orderId}`}>
      <div class="run-head">
        <h3 id={`run-${orderId}`}>
          {t('runTitle')}{' '}
          <span class="code">
            <Foreign text={orderId} />
          </span>
        </h3>
        {failure && <LiveMark isLive={false} />}
        <Spoken run={run} />
      </div>
      <Fork isCommitted={run !== undefined}>
        {run ? (
          run.messages.map((message) => (
            <Lane key={message.notificationId} message={message} orderId={orderId} inbox={inbox} />
          ))
        ) : (
          <EmptyLane channel="email" />
        )}
      </Fork>
    </article>
  );
}

/** Where an order will be, before there is one. */
export function NoRun() {
  const t = useTexts(TEXTS);
  return (
    <article class="run">
      <p class="lead">{t('emptyLead')}</p>
      <Fork isCommitted={false}>
        <EmptyLane channel="email" />
        <EmptyLane channel="sms" />
      </Fork>
    </article>
  );
}

/** One transaction stores the order and its messages. From there, each channel goes its own way. */
function Fork({ isCommitted, children }: { isCommitted: boolean; children: ComponentChildren }) {
  const t = useTexts(TEXTS);
  const state = isCommitted ? 'done' : 'open';
  return (
    <div class="fork" data-state={state}>
      <div class="step fork-start" data-state={state} data-step="committed">
        <span class="node">
          <Icon name={isCommitted ? 'check' : 'dot'} />
        </span>
        <span class="step-text">
          <span class="step-name">{t('committed')}</span>
          <span class="step-status">{t(isCommitted ? 'committedHint' : 'state.open')}</span>
        </span>
      </div>
      <ul class="lanes">{children}</ul>
    </div>
  );
}

/** What a screen reader says when a message changes. */
function Spoken({ run }: { run: Run | undefined }) {
  const t = useTexts(TEXTS);
  const said = run?.messages.map(
    (message) => `${t.value('channel', message.channel)}: ${t.value('status', shownStatus(message))}`,
  );
  return (
    <span class="unseen" role="status">
      {said?.join('. ')}
    </span>
  );
}
