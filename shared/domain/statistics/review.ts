import type { Due } from '#shared/messaging/due.ts';

/**
 * How far a tenant's statistics are compared with the rows that they count: day by day, and each day several times, for
 * something may still happen to its notifications. It never ends; after a day, the next one is due.
 */
export type StatisticsReview = {
  /** `2026-01-31`, in UTC: once it is over, it is compared, and so are the days `REVIEWED_AFTER_DAYS` before it. */
  day: string;
  /** Position in `REVIEWED_AFTER_DAYS` of what is being compared. */
  step: number;
  /** ISO 8601: minutes before this one are still to be compared; absent: all of that day. */
  before?: string;
  /** Epoch milliseconds at which it goes on. */
  dueAt: number;
};

/**
 * A day is compared when it is over, a week later, and after nine weeks: by then a message that was scheduled as far
 * ahead as can be, and then waited for a person as long as it may, is done.
 */
export const REVIEWED_AFTER_DAYS = [0, 7, 63];

const DAY_MS = 24 * 60 * 60 * 1000;
/** What happens at the end of a day is marked and counted by then. */
const SETTLED_MS = 60 * 60 * 1000;

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, '2026-01-31'.length);

const reviewOf = (day: string): StatisticsReview => ({
  day,
  step: 0,
  dueAt: Date.parse(day) + DAY_MS + SETTLED_MS,
});

/** The first review of a tenant: today's. Whatever is younger than nine weeks is compared at least once from then on. */
export const firstReview = (now: number): StatisticsReview => reviewOf(dayOf(now));

/** What is still to be compared in this step, newest first: from (inclusive) and to (exclusive), ISO 8601. */
export function rangeOf({ day, step, before }: StatisticsReview): { from: string; to: string } {
  const start = Date.parse(day) - (REVIEWED_AFTER_DAYS[step] ?? 0) * DAY_MS;
  return { from: new Date(start).toISOString(), to: before ?? new Date(start + DAY_MS).toISOString() };
}

/** Everything from this moment (ISO 8601) on is compared. */
export const comparedFrom = (review: StatisticsReview, before: string): StatisticsReview => ({ ...review, before });

/** Nothing is left to be compared in this step. */
export function afterStep({ day, step, dueAt }: StatisticsReview): StatisticsReview {
  const isLast = step + 1 >= REVIEWED_AFTER_DAYS.length;
  return isLast ? reviewOf(dayOf(Date.parse(day) + DAY_MS)) : { day, step: step + 1, dueAt };
}

/** What keeps the review in the `due` index, for good. */
export const dueOf = ({ dueAt }: StatisticsReview): Due => ({ kind: 'statistics', at: dueAt });
