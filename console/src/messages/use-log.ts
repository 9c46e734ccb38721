import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { usePolling } from '#console/base/use-polling.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import { readPage } from './calls.ts';
import { type Filters, filterCount, searchOf } from './filters.ts';
import { type LoadedLog, newRows, withFirstPage, withMessage, withNextPage } from './merge.ts';

/** After this time without a read, unknown rows may stand between, so the log begins again. */
const STALE_AFTER_MS = 90_000;

export type Log = {
  /** Absent until the first page was read. */
  loaded?: LoadedLog;
  /** Why the latest read failed. Rows that were read before stay. */
  failure?: Failure;
  readAt?: number;
  /** How many rows came in by the latest read. */
  arrived: number;
};

const NOTHING: Log = { arrived: 0 };

/** The message log with these filters: read again when it changes, and longer by a page on request. */
export function useLog(api: Api, filters: Filters) {
  const key = searchOf({ filters });
  const [shown, setShown] = useState<{ key: string; log: Log }>({ key, log: NOTHING });
  const [isLoadingMore, setLoadingMore] = useState(false);
  const current = useRef(key);
  current.current = key;
  /** Changes the log, unless other filters were chosen in the meantime. */
  const change = (next: (log: Log) => Log): void => {
    if (current.current !== key) return;
    setShown((before) => ({ key, log: next(before.key === key ? before.log : NOTHING) }));
  };

  const readFirstPage = async (signal: AbortSignal): Promise<boolean> => {
    const result = await readPage(api, filters, { signal });
    if (signal.aborted) return true;
    if ('failure' in result) {
      change((log) => ({ ...log, failure: result.failure }));
      return false;
    }
    const isFiltered = filterCount(filters) > 0;
    change(({ loaded, readAt = 0 }) => {
      const isFresh = loaded && Date.now() - readAt < STALE_AFTER_MS;
      const next = withFirstPage(isFresh ? loaded : undefined, result.value, isFiltered);
      return { loaded: next, readAt: Date.now(), arrived: loaded ? newRows(loaded, next) : 0 };
    });
    return true;
  };
  usePolling(readFirstPage, key, { concerns: ({ kind }) => kind === 'notification' });

  const log = shown.key === key ? shown.log : NOTHING;
  const loadMore = async (): Promise<void> => {
    const after = log.loaded?.nextCursor;
    if (after === undefined || isLoadingMore) return;
    setLoadingMore(true);
    const result = await readPage(api, filters, { cursor: after });
    setLoadingMore(false);
    if ('failure' in result) return change((before) => ({ ...before, failure: result.failure }));
    change((before) =>
      before.loaded ? { ...before, loaded: withNextPage(before.loaded, result.value, after), arrived: 0 } : before,
    );
  };
  /** A message that was read by itself changes its row. */
  const take = (message: NotificationDetailsView): void =>
    change((before) => (before.loaded ? { ...before, loaded: withMessage(before.loaded, message, filters) } : before));
  return { log, isLoadingMore, loadMore, take };
}
