import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { Channel, Foreign, Status } from '#console/parts/parts.tsx';
import type { UnfinishedNotifications } from '#shared/notification/responses.ts';
import { Age } from '../parts/age.tsx';
import { Head, Listed } from '../parts/listed.tsx';
import type { Column } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { TEXTS } from './texts.ts';

const STATUSES = ['HELD', 'UNKNOWN', 'PENDING'] as const;

type Row = UnfinishedNotifications['notifications'][number];

/** Notifications of all tenants that wait for a person, for evidence, or for an attempt. */
export function WaitingView({ api, query, session }: ViewProps) {
  const t = useTexts(TEXTS);
  const status = query.get('status') || STATUSES[0];
  const pages = usePages(
    api,
    `/operations/notifications?status=${encodeURIComponent(status)}`,
    ({ notifications, nextCursor }: UnfinishedNotifications) => ({ rows: notifications, nextCursor }),
    keyOf,
  );
  return (
    <>
      <Head title={t('view.waiting')} isLive={pages.rows && pages.failure === undefined} />
      <p class="lead">{t('waitingLead')}</p>
      <nav class="ops-choices" aria-label={t('status')}>
        {STATUSES.map((one) => (
          <a key={one} href={linkToView('waiting', { status: one })} aria-current={one === status ? 'true' : undefined}>
            <Status status={one} />
          </a>
        ))}
      </nav>
      <Listed
        pages={pages}
        caption={t('view.waiting')}
        columns={useColumns(session.name)}
        keyOf={keyOf}
        empty={{ title: t('noneTitle'), lead: t('noneLead') }}
      />
    </>
  );
}

const keyOf = ({ notificationId }: Row): string => notificationId;

/** @param own the tenant of the person, who may open its messages. */
function useColumns(own: string): Column<Row>[] {
  const t = useTexts(TEXTS);
  return [
    {
      title: t('notification'),
      look: 'main',
      cell: ({ tenant, notificationId: message }) =>
        tenant === own ? <a href={linkTo('messages', { message })}>{message}</a> : <span class="code">{message}</span>,
    },
    { title: t('tenant'), cell: ({ tenant }) => <Foreign text={tenant} /> },
    { title: t('channel'), cell: ({ channel }) => <Channel channel={channel} /> },
    { title: t('purpose'), cell: ({ purpose }) => <Foreign text={purpose} /> },
    { title: t('reason'), cell: ({ reason }) => reason && <Foreign text={reason} /> },
    { title: t('since'), cell: ({ since }) => <Age at={since} /> },
    { title: t('attempts'), look: 'number', cell: ({ attempts }) => attempts },
  ];
}
