import { useTexts } from '#console/base/context.ts';
import type { PageProps } from '#console/base/page.ts';
import { mayUse } from '#console/base/session.ts';
import { usePolled } from '#console/base/use-polled.ts';
import type { OrderView } from '#shared/order/responses.ts';
import { readOrder, readTimeline } from './calls.ts';
import { Happened } from './happened.tsx';
import { Lines } from './lines.tsx';
import { MessagesOf } from './messages-of.tsx';
import { Opened } from './opened.tsx';
import { OrderActions } from './order-actions.tsx';
import { ContactFacts, Fact, ForeignFact, IdFact, SubjectHead, SubjectState, TimeFact } from './subject.tsx';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

type Props = Pick<PageProps, 'api' | 'session' | 'show'> & { view: Subject };

/** One order: its state, what a person can do with it, its messages, and what caused what. */
export function OrderPage({ view, api, session, show }: Props) {
  const t = useTexts(TEXTS);
  const order = usePolled((signal) => readOrder(api, view.id, signal), view.id);
  const timeline = usePolled((signal) => readTimeline(api, view, signal), view.id);
  const { value } = order;
  const readAgain = (): void => {
    void order.read();
    void timeline.read();
  };
  return (
    <>
      <SubjectHead title={t('order')} id={view.id} status={value?.status} isLive={value && !order.failure} />
      {value ? (
        <>
          <div class="subject">
            <OrderActions order={value} etag={order.etag ?? ''} {...{ api, session }} onAnswer={readAgain} />
            <Lines order={value} />
            <OrderFacts order={value} />
          </div>
          <Happened view={view} happenings={timeline.value} />
          {mayUse(session, 'messages:read') && <MessagesOf {...{ view, api }} />}
        </>
      ) : (
        <SubjectState failure={order.failure} notFound={t('noOrderTitle')} />
      )}
      <Opened {...{ view, api, session, show }} happenings={timeline.value} />
    </>
  );
}

function OrderFacts({ order }: { order: OrderView }) {
  const t = useTexts(TEXTS);
  const { customerId } = order;
  return (
    <section class="card subject-facts" aria-labelledby="facts">
      <h2 id="facts">{t('details')}</h2>
      <dl class="facts">
        <ContactFacts contact={order.contact} />
        {customerId && <IdFact name="customer" id={customerId} href={searchOf({ kind: 'customer', id: customerId })} />}
        <TimeFact name="placedAt" at={order.placedAt} />
        <TimeFact name="confirmedAt" at={order.confirmedAt} />
        <TimeFact name="approvedAt" at={order.approvedAt} />
        <TimeFact name="cancelledAt" at={order.cancelledAt} />
        <ForeignFact name="reason" text={order.reason} />
        <Fact name="version">{order.version}</Fact>
      </dl>
    </section>
  );
}
