import type { StatisticsView } from '#shared/statistics/responses.ts';

const HOUR_MS = 3_600_000;

/** The ranges that the page offers, in hours. */
const RANGES = { day: 24, week: 168 } as const;
export type Range = keyof typeof RANGES;

/** What is drawn of an hour. Durations are absent if nothing was delivered. */
export type Hour = { at: string; created: number; failed: number; medianMs?: number; p95Ms?: number };

/** Statuses of messages that do not reach anyone without a person. */
const FAILED: readonly string[] = ['FAILED', 'UNKNOWN', 'HELD'];

/** The first hour of a range that ends with the current hour, as ISO 8601. */
export const beginOf = (range: Range, now: number): string =>
  new Date(Math.floor(now / HOUR_MS) * HOUR_MS - (RANGES[range] - 1) * HOUR_MS).toISOString();

/** All hours of a range, also those without messages, which the API omits. */
export function hoursOf({ hours }: Pick<StatisticsView, 'hours'>, range: Range, now: number): Hour[] {
  const known = new Map(hours.map((one) => [Date.parse(one.hour), one]));
  const begin = Date.parse(beginOf(range, now));
  return Array.from({ length: RANGES[range] }, (_, index): Hour => {
    const at = begin + index * HOUR_MS;
    const { created = 0, statuses = {}, toDelivered } = known.get(at) ?? {};
    const failed = FAILED.reduce((sum, status) => sum + (statuses[status] ?? 0), 0);
    const durations = toDelivered && { medianMs: toDelivered.medianMs, p95Ms: toDelivered.p95Ms };
    return { at: new Date(at).toISOString(), created, failed, ...durations };
  });
}
