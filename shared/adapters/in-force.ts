import type { StoredSuppression, Suppression } from '#shared/suppression/ports.ts';

/** The suppression if it is still in force. A lift ends a suppression with an earlier or equal time. */
export function inForce({ liftedAt, ...suppression }: StoredSuppression): Suppression | undefined {
  return liftedAt === undefined || liftedAt < suppression.since ? suppression : undefined;
}

/** ISO 8601 in one fixed format, so that the order of texts is the order of times. */
export const momentOf = (at: string | number): string => new Date(at).toISOString();
