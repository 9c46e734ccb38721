import * as v from 'valibot';
import { LATEST_MS } from '#shared/messaging/timestamp.ts';
import { moment } from './fields.ts';
import { isReversed, MOST_STATISTICS_DAYS } from './log-query.ts';
import { notificationSchema } from './responses.ts';
import { alsoCheck, strictObject } from './structures.ts';

const HOUR_MS = 3_600_000;
const MOST_MS = MOST_STATISTICS_DAYS * 24 * HOUR_MS;

/** Query of `GET /notifications/statistics`, as API Gateway hands it over: texts. */
export const statisticsQuerySchema = v.pipe(
  strictObject({
    channel: v.optional(notificationSchema.entries.channel),
    from: v.optional(moment),
    to: v.optional(moment),
  }),
  alsoCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
  alsoCheck(
    ({ from, to }) => !(from && to) || !(Date.parse(to) - Date.parse(from) > MOST_MS),
    'RANGE_TOO_LONG',
    'from',
  ),
);

export type StatisticsQuery = v.InferOutput<typeof statisticsQuerySchema>;

/** Epoch milliseconds of full hours; `to` is exclusive. */
export type Hours = { from: number; to: number };

/**
 * The whole hours that a query asks for; without `to`, until now, without `from`, a day.
 * @returns undefined where `from` alone leads to nothing, or too far.
 */
export function hoursOf({ from, to }: StatisticsQuery, now: number): Hours | undefined {
  const asked = Math.ceil((to === undefined ? now : Date.parse(to)) / HOUR_MS) * HOUR_MS;
  // The end of year 9999 taken up to the full hour would be in a year that keys and answers cannot write.
  const end = Math.min(asked, Math.floor(LATEST_MS / HOUR_MS) * HOUR_MS);
  const start = from === undefined ? end - 24 * HOUR_MS : Math.floor(Date.parse(from) / HOUR_MS) * HOUR_MS;
  // Taking both to the full hour may add one on either side.
  return start < end && end - start <= MOST_MS + 2 * HOUR_MS ? { from: start, to: end } : undefined;
}
