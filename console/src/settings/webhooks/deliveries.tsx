import { useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { usePolling } from '#console/base/use-polling.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Foreign, Status, Time } from '#console/parts/parts.tsx';
import { type Delivery, type Deliveries as Read, readDeliveries } from './calls.ts';
import { TEXTS } from './texts.ts';

/** The last webhooks to an endpoint. Each one leads to its message, with the attempts and the answers of the endpoint. */
export function Deliveries({ api, endpointId }: { api: Api; endpointId: string }) {
  const t = useTexts(TEXTS);
  const [read, setRead] = useState<Read>();
  const [isFailed, setFailed] = useState(false);
  usePolling(
    async (signal) => {
      const result = await readDeliveries(api, endpointId, signal);
      if (signal.aborted) return true;
      setFailed('failure' in result);
      if ('value' in result) setRead(result.value);
      return 'value' in result;
    },
    endpointId,
    { concerns: ({ kind }) => kind === 'notification' },
  );
  return (
    <section class="deliveries">
      <h3>{t('deliveries')}</h3>
      {isFailed && <p class="note">{t('deliveriesFailed')}</p>}
      {!read && !isFailed && <p class="note">{t('loading')}</p>}
      {read?.shown.length === 0 && <p class="note">{t(read.hasOlder ? 'noRecentDeliveries' : 'noDeliveries')}</p>}
      {read && read.shown.length > 0 && (
        <ul>
          {read.shown.map((one) => (
            <Row key={one.notificationId} delivery={one} />
          ))}
        </ul>
      )}
      {read?.hasOlder && <a href={linkTo('messages', { endpointId })}>{t('allDeliveries')}</a>}
    </section>
  );
}

function Row({ delivery }: { delivery: Delivery }) {
  const t = useTexts(TEXTS);
  const { notificationId, purpose, reason, attemptCount, createdAt } = delivery;
  return (
    <li>
      <Status status={shownStatus(delivery)} />
      <a href={linkTo('messages', { message: notificationId })}>
        <Foreign text={purpose} />
      </a>
      <span class="sub">
        {reason && (
          <>
            <Foreign text={reason} /> ·{' '}
          </>
        )}
        {t('attempts')}: {attemptCount} · <Time at={createdAt} />
      </span>
    </li>
  );
}
