import * as v from 'valibot';
import { timestamp } from '#shared/http/input/fields.ts';
import { MOST_STATISTICS_DAYS } from '#shared/http/input/query-limits.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import { isReversed } from '#shared/http/list-query.ts';
import { LATEST_MS } from '#shared/messaging/timestamp.ts';
import { notificationSchema } from '#shared/notification/responses.ts';

const HOUR_MS = 3_600_000;
const MOST_MS = MOST_STATISTICS_DAYS * 24 * HOUR_MS;

/** Query of `GET /notifications/statistics`. API Gateway passes every parameter as text. */
export const statisticsQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(notificationSchema.entries.channel),
    from: v.optional(timestamp),
    to: v.optional(timestamp),
  }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
  crossFieldCheck(
    ({ from, to }) => !(from && to) || !(Date.parse(to) - Date.parse(from) > MOST_MS),
    'RANGE_TOO_LONG',
    'from',
  ),
);

export type StatisticsQuery = v.InferOutput<typeof statisticsQuerySchema>;

/** Full hours in epoch milliseconds. `to` is exclusive. */
export type Hours = { from: number; to: number };

/**
 * The full hours of a query. `to` defaults to now, and `from` to a day before `to`.
 * @returns the name of the fault if the range is empty or too long after defaults are applied.
 */
export function hoursOf({ from, to }: StatisticsQuery, now: number): Hours | 'RANGE_REVERSED' | 'RANGE_TOO_LONG' {
  const asked = Math.ceil((to === undefined ? now : Date.parse(to)) / HOUR_MS) * HOUR_MS;
  // Keys and answers write years with four digits, so the end of year 9999 is not rounded up to the next year.
  const end = Math.min(asked, Math.floor(LATEST_MS / HOUR_MS) * HOUR_MS);
  const start = from === undefined ? end - 24 * HOUR_MS : Math.floor(Date.parse(from) / HOUR_MS) * HOUR_MS;
  // Rounding to full hours may add one hour at each end.
  if (end - start > MOST_MS + 2 * HOUR_MS) return 'RANGE_TOO_LONG';
  return start < end ? { from: start, to: end } : 'RANGE_REVERSED';
}
