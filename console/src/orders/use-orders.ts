import type { Api } from '#console/base/api.ts';
import { usePagedRows } from '#console/base/use-paged-rows.ts';
import { type ListedOrder, readOrders } from './calls.ts';
import { type Filters, searchOf } from './view.ts';

/** The orders with these filters. */
export function useOrders(api: Api, filters: Filters) {
  const isFiltered = Object.keys(filters).length > 0;
  const { list, isLoadingMore, loadMore } = usePagedRows<ListedOrder>({
    key: searchOf({ kind: 'list', filters }),
    isFiltered,
    readRows: (page) => readOrders(api, filters, page),
    placeOf: ({ placedAt, orderId }) => ({ at: placedAt, id: orderId }),
    concerns: ({ kind }) => kind === 'order' || kind === 'notification',
  });
  return { list, isFiltered, isLoadingMore, loadMore };
}
