import * as z from 'zod/mini';
import { isRange, isReversed, RANGE_REVERSED } from './log-query.ts';
import { notificationSchema } from './responses.ts';

const HOUR_MS = 3_600_000;
export const MOST_STATISTICS_DAYS = 31;
const MOST_MS = MOST_STATISTICS_DAYS * 24 * HOUR_MS;

const moment = z.iso.datetime({ offset: true });

/** Query of `GET /notifications/statistics`, as API Gateway hands it over: texts. */
export const statisticsQuerySchema = z
  .strictObject({
    channel: z.optional(notificationSchema.shape.channel),
    from: z.optional(moment),
    to: z.optional(moment),
  })
  .check(
    z.refine(({ from, to }) => !isReversed(from, to), { ...RANGE_REVERSED, when: isRange }),
    z.refine(({ from, to }) => !(from && to) || !(Date.parse(to) - Date.parse(from) > MOST_MS), {
      params: {
        code: 'RANGE_TOO_LONG',
        message: `From it to to lie more than ${MOST_STATISTICS_DAYS} days.`,
        next: 'Ask for shorter ranges, one after the other.',
      },
      path: ['from'],
      when: isRange,
    }),
  );

export type StatisticsQuery = z.output<typeof statisticsQuerySchema>;

/** Epoch milliseconds of full hours; `to` is exclusive. */
export type Hours = { from: number; to: number };

/**
 * The whole hours that a query asks for; without `to`, until now, without `from`, a day.
 * @returns undefined where `from` alone leads to nothing, or too far.
 */
export function hoursOf({ from, to }: StatisticsQuery, now: number): Hours | undefined {
  const end = Math.ceil((to === undefined ? now : Date.parse(to)) / HOUR_MS) * HOUR_MS;
  const start = from === undefined ? end - 24 * HOUR_MS : Math.floor(Date.parse(from) / HOUR_MS) * HOUR_MS;
  // Taking both to the full hour may add one on either side.
  return start < end && end - start <= MOST_MS + 2 * HOUR_MS ? { from: start, to: end } : undefined;
}
