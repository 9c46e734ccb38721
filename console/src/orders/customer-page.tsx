import { useTexts } from '#console/base/context.ts';
import type { PageProps } from '#console/base/page.ts';
import { mayUse } from '#console/base/session.ts';
import { usePolled } from '#console/base/use-polled.ts';
import type { CustomerView } from '#shared/customer/responses.ts';
import { readCustomer, readOrders, readTimeline } from './calls.ts';
import { Happened } from './happened.tsx';
import { MessagesOf } from './messages-of.tsx';
import { Opened } from './opened.tsx';
import { OrderTable } from './order-table.tsx';
import { ContactFacts, Fact, SubjectHead, SubjectState, TimeFact } from './subject.tsx';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

type Props = Pick<PageProps, 'api' | 'session' | 'show'> & { view: Subject };

/** One customer: registration, greeting and erasure, and the orders and messages that name the customer. */
export function CustomerPage({ view, api, session, show }: Props) {
  const t = useTexts(TEXTS);
  const { id } = view;
  const customer = usePolled((signal) => readCustomer(api, id, signal), id);
  const timeline = usePolled((signal) => readTimeline(api, view, signal), id);
  const { value, failure } = customer;
  const isUnregistered = failure?.kind === 'not-found';
  return (
    <>
      <SubjectHead title={t('customer')} id={id} status={value?.status} isLive={value && !failure} />
      {value ? (
        <>
          <CustomerFacts customer={value} />
          <Happened view={view} happenings={timeline.value} />
        </>
      ) : isUnregistered ? (
        <p class="note card">{t('notRegistered')}</p>
      ) : (
        <SubjectState failure={failure} notFound={t('notRegistered')} />
      )}
      {(value || isUnregistered) && (
        <>
          <OrdersOf api={api} id={id} />
          {mayUse(session, 'messages:read') && <MessagesOf {...{ api, view }} />}
        </>
      )}
      <Opened {...{ view, api, session, show }} happenings={timeline.value} />
    </>
  );
}

function CustomerFacts({ customer }: { customer: CustomerView }) {
  const t = useTexts(TEXTS);
  const { status, registeredAt, erasedAt, version } = customer;
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{t('details')}</h2>
      {status === 'erased' && <p class="outcome">{t('customerErased')}</p>}
      <dl class="facts">
        <ContactFacts contact={status === 'erased' ? undefined : customer} />
        <TimeFact name="registeredAt" at={registeredAt} />
        <TimeFact name="erasedAt" at={erasedAt} />
        <Fact name="version">{version}</Fact>
      </dl>
    </section>
  );
}

/** The latest orders that name the customer. The list shows all of them. */
function OrdersOf({ api, id }: Pick<Props, 'api'> & { id: string }) {
  const t = useTexts(TEXTS);
  const filters = { customerId: id };
  const { value } = usePolled((signal) => readOrders(api, filters, { signal }), id);
  const hasMore = value?.nextCursor !== undefined;
  return (
    <section class="card" aria-labelledby="orders-of">
      <h2 id="orders-of">{t('orders')}</h2>
      {value && value.rows.length > 0 ? <OrderTable rows={value.rows} /> : value && <p class="lead">{t('noOrders')}</p>}
      {hasMore && <a href={searchOf({ kind: 'list', filters })}>{t('allOrdersOf')}</a>}
    </section>
  );
}
