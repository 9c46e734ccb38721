import { type DueEntry, type DueKind, type DueRow, subjectDue } from '#shared/once/due.ts';
import type { Minute } from './ports.ts';

/** A minute that was marked to be counted. */
export type DueMinute = DueRow & { minute: Minute };

/** A comparison of a tenant's statistics with the rows that they count. */
export type DueReview = DueRow & { tenant: string };

/** The type of a review's state. */
export const REVIEW_TYPE = 'statisticsreview';

/** Everything that is due for statistics. Minutes and reviews are one kind, so they share a rate. */
export const STATISTICS_DUE: DueKind<DueMinute | DueReview> = {
  name: 'statistics',
  rowOf: (entry) => minuteOf(entry) ?? reviewOf(entry),
  tenantOf: (row) => ('minute' in row ? row.minute.tenant : row.tenant),
};

const MINUTE = 'MINUTE#';

function minuteOf({ dueAt, partition: [tenant, type, ...more], sort }: DueEntry): DueMinute | undefined {
  if (tenant === undefined || type !== 'statistics' || more.length > 0 || !sort.startsWith(MINUTE)) return undefined;
  return { dueAt, minute: { tenant, minute: sort.slice(MINUTE.length) } };
}

function reviewOf(entry: DueEntry): DueReview | undefined {
  const review = subjectDue('statistics').rowOf(entry);
  return review?.key.type === REVIEW_TYPE ? { dueAt: review.dueAt, tenant: review.key.tenant } : undefined;
}
