import type { Due } from '#shared/messaging/due.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { REVIEW_TYPE, STATISTICS_DUE } from './due.ts';

/**
 * How far a tenant's statistics are compared with the rows that they count. Each day is compared several times, because
 * its notifications may still change. A review never ends: after one day, the next one is due.
 */
export type StatisticsReview = {
  /** `2026-01-31`, in UTC. When the day is over, it and the days `REVIEWED_AFTER_DAYS` before it are compared. */
  day: string;
  /** Position in `REVIEWED_AFTER_DAYS` of the current comparison. */
  step: number;
  /** ISO 8601: minutes before this time still have to be compared; absent: the whole day. */
  before?: string;
  /** Epoch milliseconds at which the review continues. */
  dueAt: number;
};

export const STATISTICS_REVIEW = shapeOf<StatisticsReview>(REVIEW_TYPE);

/**
 * Days after which a day is compared: when it is over, after a week, and after nine weeks. After nine weeks, even a
 * message with the latest possible `sendAt` that then waited for an operator as long as it may is done.
 */
export const REVIEWED_AFTER_DAYS = [0, 7, 63];

const DAY_MS = 24 * 60 * 60 * 1000;
/** After this pause, the last events of a day are marked and counted. */
const SETTLED_MS = 60 * 60 * 1000;

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, '2026-01-31'.length);

const reviewOf = (day: string): StatisticsReview => ({
  day,
  step: 0,
  dueAt: Date.parse(day) + DAY_MS + SETTLED_MS,
});

/** The first review of a tenant starts with today. From then on, every day of the last nine weeks is compared. */
export const firstReview = (now: number): StatisticsReview => reviewOf(dayOf(now));

/** What this step still has to compare, newest first: from (inclusive) and to (exclusive), ISO 8601. */
export function rangeOf({ day, step, before }: StatisticsReview): { from: string; to: string } {
  const start = Date.parse(day) - (REVIEWED_AFTER_DAYS[step] ?? 0) * DAY_MS;
  return { from: new Date(start).toISOString(), to: before ?? new Date(start + DAY_MS).toISOString() };
}

/** Records that everything from this time (ISO 8601) on is compared. */
export const comparedFrom = (review: StatisticsReview, before: string): StatisticsReview => ({ ...review, before });

/** The review after a finished step. */
export function afterStep({ day, step, dueAt }: StatisticsReview): StatisticsReview {
  const isLast = step + 1 >= REVIEWED_AFTER_DAYS.length;
  return isLast ? reviewOf(dayOf(Date.parse(day) + DAY_MS)) : { day, step: step + 1, dueAt };
}

/** The review's entry in the `due` index. It always has one. */
export const dueOf = ({ dueAt }: StatisticsReview): Due => ({ kind: STATISTICS_DUE.name, at: dueAt });
