import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import { useTexts } from '#console/base/context.ts';
import { type Failure, isLost } from '#console/base/failure.ts';
import { useInbox } from '#console/base/inbox.ts';
import { linkTo } from '#console/base/links.ts';
import type { PageProps } from '#console/base/page.ts';
import { placeOrder } from './calls.ts';
import { type Draft, orderOf } from './draft.ts';
import { FaultBanner, FaultSwitches } from './fault-switches.tsx';
import { OrderForm } from './order-form.tsx';
import { NoRun, OrderRun } from './run.tsx';
import { TEXTS } from './texts.ts';
import { useFaults } from './use-faults.ts';
import './try.css';

/** How often a page with a fault or an order asks what the outside world received. */
const INBOX_MS = 500;

/** “Try it”: place an order, break something, and watch. The URL names the orders that are watched. */
export default function TryPage({ search, show, api, configuration }: PageProps) {
  const t = useTexts(TEXTS);
  const names = configuration.tryIt?.faults ?? [];
  const faults = useFaults(names.length > 0);
  const { inbox } = useInbox(configuration.inboxUrl !== undefined, INBOX_MS);
  const orderIds = ordersOf(search);
  const watched = useRef<HTMLElement>(null);
  const order = usePlacing(api, (placed) => {
    show(linkTo('try', { orders: placed.join(',') }));
    // Where the form fills the screen, the steps are below it.
    requestAnimationFrame(() => watched.current?.scrollIntoView({ block: 'nearest' }));
  });
  return (
    <>
      <div class="page-head">
        <h1>{t('tryIt')}</h1>
        <p class="lead">{t('lead')}</p>
      </div>
      <div class="try">
        <OrderForm {...order} />
        <div class="try-main">
          <section class="try-main" aria-labelledby="watch" ref={watched}>
            <h2 id="watch" class="unseen">
              {t('watch')}
            </h2>
            {names.length > 0 && <FaultBanner {...faults} />}
            {orderIds.length === 0 && <NoRun />}
            {orderIds.map((orderId) => (
              <OrderRun key={orderId} api={api} orderId={orderId} others={orderIds.length - 1} inbox={inbox} />
            ))}
          </section>
          {names.length > 0 && <FaultSwitches names={names} {...faults} />}
        </div>
      </div>
    </>
  );
}

const ordersOf = (search: string): string[] =>
  (new URLSearchParams(search).get('orders') ?? '').split(',').filter(Boolean);

/** Places the orders of the form. After a lost answer, the same keys are used again, so that each order is placed once. */
function usePlacing(api: Api, onPlaced: (orderIds: string[]) => void) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const lost = useRef<string[] | undefined>(undefined);
  const onPlace = async (draft: Draft): Promise<void> => {
    setBusy(true);
    const keys = lost.current?.length === draft.count ? lost.current : keysFor(draft.count);
    const results = await Promise.all(keys.map((key) => placeOrder(api, orderOf(draft, key.slice(0, 8)), key)));
    setBusy(false);
    const failed = results.flatMap((result) => ('failure' in result ? [result.failure] : []))[0];
    lost.current = failed && isLost(failed) ? keys : undefined;
    setFailure(failed);
    const placed = results.flatMap((result) => ('value' in result ? [result.value.orderId] : []));
    if (placed.length > 0) onPlaced(placed);
  };
  return { isBusy, failure, onPlace };
}

const keysFor = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID());
