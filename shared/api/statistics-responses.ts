import * as z from 'zod/mini';
import { notificationSchema } from './responses.ts';

/** What the statistics answer. See `responses.ts`. */

const count = z.int().check(z.minimum(0));

/** How long something took. */
export const spreadSchema = z.object({ count, meanMs: count, medianMs: count, p95Ms: count, maxMs: count });

const figures = {
  created: count,
  /** By what they are now. */
  statuses: z.record(z.string(), count),
  /** Calls to providers. */
  attempts: count,
  doubled: count,
  /** Of recipients, by what providers told of them. */
  outcomes: z.record(z.string(), count),
  toSent: z.optional(spreadSchema),
  toDelivered: z.optional(spreadSchema),
};

export const figuresSchema = z.object(figures);
/** Of the notifications that were created in that hour. */
export const hourSchema = z.object({
  hour: z.iso.datetime(),
  ...figures,
  /** There were more in one minute of it than are counted. */
  isPartial: z.optional(z.boolean()),
});

export const statisticsSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  channel: z.optional(notificationSchema.shape.channel),
  total: figuresSchema,
  hours: z.array(hourSchema),
});

export type FiguresView = z.output<typeof figuresSchema>;
export type StatisticsView = z.output<typeof statisticsSchema>;
