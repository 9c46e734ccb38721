import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { type PagedRows, type PlaceOf, withFirstRows, withNextRows } from '#console/base/paged-rows.ts';
import { usePolling } from '#console/base/use-polling.ts';
import { type ListedOrder, readOrders } from './calls.ts';
import { type Filters, searchOf } from './view.ts';

/** After this time without a read, unknown rows may stand between, so the list begins again. */
const STALE_AFTER_MS = 90_000;

export type LoadedOrders = {
  /** Absent until the first page was read. */
  loaded?: PagedRows<ListedOrder>;
  /** Why the latest read failed. Rows that were read before stay. */
  failure?: Failure;
  readAt?: number;
};

const placeOf: PlaceOf<ListedOrder> = ({ placedAt, orderId }) => ({ at: placedAt, id: orderId });

/** The orders with these filters: read again when one changes, and longer by a page on request. */
export function useOrders(api: Api, filters: Filters) {
  const key = searchOf({ kind: 'list', filters });
  const isFiltered = Object.keys(filters).length > 0;
  const [shown, setShown] = useState<{ key: string; list: LoadedOrders }>({ key, list: {} });
  const [isLoadingMore, setLoadingMore] = useState(false);
  const current = useRef(key);
  current.current = key;
  /** Changes the list, unless other filters were chosen in the meantime. */
  const change = (next: (list: LoadedOrders) => LoadedOrders): void => {
    if (current.current !== key) return;
    setShown((before) => ({ key, list: next(before.key === key ? before.list : {}) }));
  };
  const readFirstPage = async (signal: AbortSignal): Promise<boolean> => {
    const result = await readOrders(api, filters, { signal });
    if (signal.aborted) return true;
    if ('failure' in result) {
      change((list) => ({ ...list, failure: result.failure }));
      return false;
    }
    change(({ loaded, readAt = 0 }) => {
      const isFresh = Date.now() - readAt < STALE_AFTER_MS;
      return {
        loaded: withFirstRows(isFresh ? loaded : undefined, result.value, isFiltered, placeOf),
        readAt: Date.now(),
      };
    });
    return true;
  };
  usePolling(readFirstPage, key, { concerns: ({ kind }) => kind === 'order' || kind === 'notification' });

  const list = shown.key === key ? shown.list : {};
  const loadMore = async (): Promise<void> => {
    const after = list.loaded?.nextCursor;
    if (after === undefined || isLoadingMore) return;
    setLoadingMore(true);
    const result = await readOrders(api, filters, { cursor: after });
    setLoadingMore(false);
    if ('failure' in result) return change((before) => ({ ...before, failure: result.failure }));
    change((before) =>
      before.loaded ? { ...before, loaded: withNextRows(before.loaded, result.value, after, placeOf) } : before,
    );
  };
  return { list, isFiltered, isLoadingMore, loadMore };
}
