import * as v from 'valibot';
import { notificationSchema, timestamp } from './responses.ts';
import { wholeNumber } from './structures.ts';

/** What the statistics answer. See `responses.ts`. */

const count = v.pipe(wholeNumber, v.minValue(0));

/** How long something took. */
export const spreadSchema = v.object({ count, meanMs: count, medianMs: count, p95Ms: count, maxMs: count });

const figures = {
  created: count,
  /** By what they are now. */
  statuses: v.record(v.string(), count),
  /** Calls to providers. */
  attempts: count,
  doubled: count,
  /** Of recipients, by what providers told of them. */
  outcomes: v.record(v.string(), count),
  toSent: v.optional(spreadSchema),
  toDelivered: v.optional(spreadSchema),
};

export const figuresSchema = v.object(figures);
/** Of the notifications that were created in that hour. */
export const hourSchema = v.object({
  hour: timestamp,
  ...figures,
  /** There were more in one minute of it than are counted. */
  isPartial: v.optional(v.boolean()),
});

export const statisticsSchema = v.object({
  from: timestamp,
  to: timestamp,
  channel: v.optional(notificationSchema.entries.channel),
  total: figuresSchema,
  hours: v.array(hourSchema),
});

export type FiguresView = v.InferOutput<typeof figuresSchema>;
export type StatisticsView = v.InferOutput<typeof statisticsSchema>;
