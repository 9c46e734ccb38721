import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { notificationSchema } from '#shared/notification/responses.ts';

/** Answers of the statistics. See `responses.ts`. */

/** Distribution of a duration. */
export const spreadSchema = v.object({
  count: wholeNumber,
  meanMs: wholeNumber,
  medianMs: wholeNumber,
  p95Ms: wholeNumber,
  maxMs: wholeNumber,
});

const figures = {
  created: wholeNumber,
  /** Number of notifications by current status. */
  statuses: v.record(v.string(), wholeNumber),
  /** Calls to providers. */
  attempts: wholeNumber,
  doubled: wholeNumber,
  /** Number of recipients by the outcome that the provider reported. */
  outcomes: v.record(v.string(), wholeNumber),
  toSent: v.optional(spreadSchema),
  toDelivered: v.optional(spreadSchema),
};

export const figuresSchema = v.object(figures);
/** Figures of the notifications that were created in that hour. */
export const hourSchema = v.object({
  hour: utcTimestamp,
  ...figures,
  /** One minute of the hour had more notifications than are counted. */
  isPartial: v.optional(v.boolean()),
});

export const statisticsSchema = v.object({
  from: utcTimestamp,
  to: utcTimestamp,
  channel: v.optional(notificationSchema.entries.channel),
  total: figuresSchema,
  hours: v.array(hourSchema),
});

export type FiguresView = v.InferOutput<typeof figuresSchema>;
export type StatisticsView = v.InferOutput<typeof statisticsSchema>;
