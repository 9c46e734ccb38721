import { useRef, useState } from 'preact/hooks';
import type { Result } from './api.ts';
import type { Change } from './changes.ts';
import type { Failure } from './failure.ts';
import { missesRows, newRows, type PagedRows, type PlaceOf, withFirstRows, withNextRows } from './paged-rows.ts';
import { usePolling } from './use-polling.ts';

/** After this time without a read, unknown rows may stand between, so the list begins again. */
const STALE_AFTER_MS = 90_000;

/** How many pages are read to meet a row that is known, when more than a page is new. */
const MOST_NEW_PAGES = 5;

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

/** The newest rows: the first page, and those after it until a known row is met. */
async function readNewest<Row>(
  { readRows, placeOf }: Source<Row>,
  known: PagedRows<Row> | undefined,
  signal: AbortSignal,
): Promise<Result<PagedRows<Row>>> {
  let newest = await readRows({ signal });
  for (let pages = 1; pages < MOST_NEW_PAGES && 'value' in newest; pages += 1) {
    const { value } = newest;
    const cursor = value.nextCursor;
    if (!known || cursor === undefined || !missesRows(known, value, placeOf)) break;
    const next = await readRows({ cursor, signal });
    newest = 'failure' in next ? next : { value: withNextRows(value, next.value, cursor, placeOf) };
  }
  return newest;
}

const NOTHING = { arrived: 0 };

/** A list, newest first: read again when it changes, and longer by a page on request. */
export function usePagedRows<Row>(source: Source<Row>) {
  const { key, isFiltered, readRows, placeOf, concerns } = source;
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

  const list: LoadedRows<Row> = shown.key === key ? shown.list : NOTHING;
  const isFresh = ({ readAt = 0 }: LoadedRows<Row>): boolean => Date.now() - readAt < STALE_AFTER_MS;
  const read = async (signal: AbortSignal): Promise<boolean> => {
    const result = await readNewest(source, isFresh(list) ? list.loaded : undefined, signal);
    if (signal.aborted) return true;
    if ('failure' in result) {
      fail(result.failure);
      return false;
    }
    change((before) => {
      const { loaded } = before;
      const next = withFirstRows(isFresh(before) ? loaded : undefined, result.value, isFiltered, placeOf);
      return { loaded: next, readAt: Date.now(), arrived: loaded ? newRows(loaded, next, placeOf) : 0 };
    });
    return true;
  };
  usePolling(read, key, { concerns });

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
