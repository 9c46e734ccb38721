import { useTexts } from '#console/base/context.ts';
import type { PageProps } from '#console/base/page.ts';
import { FailureState, LiveMark, Placeholder, Skeleton } from '#console/parts/parts.tsx';
import { OrderFilters } from './order-filters.tsx';
import { OrderTable } from './order-table.tsx';
import { TEXTS } from './texts.ts';
import { useOrders } from './use-orders.ts';
import { type Filters, searchOf } from './view.ts';

type Props = Pick<PageProps, 'api' | 'show'> & { filters: Filters };

/** The list of orders, newest first, and the state in its place when there are none. */
export function OrderList({ api, show, filters }: Props) {
  const t = useTexts(TEXTS);
  const orders = useOrders(api, filters);
  const { loaded, failure, readAt } = orders.list;
  return (
    <>
      <div class="page-head">
        <h1>{t('orders')}</h1>
        <span role="status">{readAt !== undefined && <LiveMark isLive={failure === undefined} />}</span>
      </div>
      <OrderFilters filters={filters} show={show} />
      {loaded && loaded.rows.length > 0 ? (
        <>
          <OrderTable rows={loaded.rows} />
          <div class="page-end">
            <span>{t('ordersShown', { count: loaded.rows.length })}</span>
            {loaded.nextCursor ? <LoadMore {...orders} /> : <span>{t('ordersEnd')}</span>}
          </div>
        </>
      ) : (
        <NoRows {...orders} show={show} />
      )}
    </>
  );
}

type Orders = ReturnType<typeof useOrders>;

function LoadMore({ isLoadingMore, loadMore }: Pick<Orders, 'isLoadingMore' | 'loadMore'>) {
  const t = useTexts(TEXTS);
  return (
    <button type="button" class="button" aria-disabled={isLoadingMore} onClick={loadMore}>
      {isLoadingMore ? t('loading') : t('loadMore')}
    </button>
  );
}

function NoRows({ list: { loaded, failure }, isFiltered, show, ...more }: Orders & Pick<PageProps, 'show'>) {
  const t = useTexts(TEXTS);
  if (!loaded) return failure ? <FailureState failure={failure} scope="orders:read" /> : <Skeleton />;
  if (!isFiltered)
    return (
      <Placeholder icon="order" title={t('emptyTitle')}>
        {t('emptyLead')}
      </Placeholder>
    );
  return (
    <Placeholder
      icon="filter"
      title={t('noMatchTitle')}
      action={
        <div class="actions">
          {loaded.nextCursor && <LoadMore {...more} />}
          <button type="button" class="button quiet" onClick={() => show(searchOf({ kind: 'list', filters: {} }))}>
            {t('clearFilters')}
          </button>
        </div>
      }
    >
      {loaded.nextCursor ? t('noMatchYet') : t('noMatchLead')}
    </Placeholder>
  );
}
