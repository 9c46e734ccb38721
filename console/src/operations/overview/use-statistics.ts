import { useRef, useState } from 'preact/hooks';
import type { Api } from '#console/base/api.ts';
import type { Failure } from '#console/base/failure.ts';
import { usePolling } from '#console/base/use-polling.ts';
import type { StatisticsView } from '#shared/statistics/responses.ts';
import { beginOf, type Range } from './hours.ts';

/** Figures are updated within half a minute, so they are not read more often. */
const INTERVAL_MS = 30_000;

/** The statistics of the person’s own tenant. */
export function useStatistics(api: Api, range: Range) {
  const [shown, setShown] = useState<{ range: Range; statistics?: StatisticsView; failure?: Failure }>({ range });
  const readAt = useRef<{ range: Range; at: number }>({ range, at: 0 });
  usePolling(async (signal) => {
    const now = Date.now();
    if (readAt.current.range === range && now - readAt.current.at < INTERVAL_MS) return true;
    const from = encodeURIComponent(beginOf(range, now));
    const result = await api.get<StatisticsView>(`/notifications/statistics?from=${from}`, signal);
    if (signal.aborted) return true;
    if ('failure' in result) {
      setShown((before) => ({ ...(before.range === range ? before : { range }), failure: result.failure }));
      return false;
    }
    readAt.current = { range, at: now };
    setShown({ range, statistics: result.value });
    return true;
  }, range);
  return shown.range === range ? shown : { range };
}
