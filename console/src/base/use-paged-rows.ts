import { useRef, useState } from 'preact/hooks';
import type { Result } from './api.ts';
import type { Change } from './changes.ts';
import type { Failure } from './failure.ts';
import { newRows, type PagedRows, type PlaceOf, withFirstRows, withNextRows } from './paged-rows.ts';
import { usePolling } from './use-polling.ts';

/** After this time without a read, unknown rows may stand between, so the list begins again. */
const STALE_AFTER_MS = 90_000;

export type LoadedRows<Row> = {
  /** Absent until the first page was read. */
  loaded?: PagedRows<Row>;
  /** Why the latest read failed. Rows that were read before stay. */
  failure?: Failure;
  readAt?: number;
  /** How many rows came in by the latest read. */
  arrived: number;
};

type Source<Row> = {
  /** What is listed. Another one begins a new list. */
  key: string;
  isFiltered: boolean;
  readRows(page: { cursor?: string; signal?: AbortSignal }): Promise<Result<PagedRows<Row>>>;
  placeOf: PlaceOf<Row>;
  /** Whether a change may be visible in the list. */
  concerns(change: Change): boolean;
};

const NOTHING = { arrived: 0 };

/** A list, newest first: read again when it changes, and longer by a page on request. */
export function usePagedRows<Row>({ key, isFiltered, readRows, placeOf, concerns }: Source<Row>) {
  const [shown, setShown] = useState<{ key: string; list: LoadedRows<Row> }>({ key, list: NOTHING });
  const [isLoadingMore, setLoadingMore] = useState(false);
  const current = useRef(key);
  current.current = key;
  /** Changes the list, unless another one was chosen in the meantime. */
  const change = (next: (list: LoadedRows<Row>) => LoadedRows<Row>): void => {
    if (current.current !== key) return;
    setShown((before) => ({ key, list: next(before.key === key ? before.list : NOTHING) }));
  };
  const fail = (failure: Failure): void => change((list) => ({ ...list, failure }));
  /** Changes the rows, if there are any. */
  const changeRows = (next: (loaded: PagedRows<Row>) => PagedRows<Row>): void =>
    change((list) => (list.loaded ? { ...list, loaded: next(list.loaded), arrived: 0 } : list));

  const readFirstPage = async (signal: AbortSignal): Promise<boolean> => {
    const result = await readRows({ signal });
    if (signal.aborted) return true;
    if ('failure' in result) {
      fail(result.failure);
      return false;
    }
    change(({ loaded, readAt = 0 }) => {
      const isFresh = Date.now() - readAt < STALE_AFTER_MS;
      const next = withFirstRows(isFresh ? loaded : undefined, result.value, isFiltered, placeOf);
      return { loaded: next, readAt: Date.now(), arrived: loaded ? newRows(loaded, next, placeOf) : 0 };
    });
    return true;
  };
  usePolling(readFirstPage, key, { concerns });

  const list: LoadedRows<Row> = shown.key === key ? shown.list : NOTHING;
  const loadMore = async (): Promise<void> => {
    const after = list.loaded?.nextCursor;
    if (after === undefined || isLoadingMore) return;
    setLoadingMore(true);
    const result = await readRows({ cursor: after });
    setLoadingMore(false);
    if ('failure' in result) return fail(result.failure);
    changeRows((loaded) => withNextRows(loaded, result.value, after, placeOf));
  };
  return { list, isLoadingMore, loadMore, changeRows };
}
