import { shapeOf } from '#shared/messaging/versions.ts';

/** Why a recipient is suppressed. */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT' | 'MANUAL';

/** Until the suppression is lifted, nothing of this tenant is sent to the recipient. */
export type Suppression = {
  /** A recipient key, not an address: see `recipientKey`. */
  recipient: string;
  channel: 'email' | 'sms';
  reason: SuppressionReason;
  /** Id of the notification that the feedback was about, or the requester of the suppression. */
  origin: string;
  /**
   * ISO 8601: when it happened, by the clock of the system that reported it. Stored as `toISOString` writes it, so that
   * the order of texts is the order of times.
   */
  since: string;
};

/** The row of a lifted suppression is kept, because an event from before the lift must not suppress again. */
export type StoredSuppression = Suppression & { /** ISO 8601. */ liftedAt?: string };

export const SUPPRESSION = shapeOf<Omit<StoredSuppression, 'recipient'>>('suppression');

/** The suppression if it is still in force. A lift ends a suppression with an earlier or equal time. */
export function inForce({ liftedAt, ...suppression }: StoredSuppression): Suppression | undefined {
  return liftedAt === undefined || liftedAt < suppression.since ? suppression : undefined;
}

export type SuppressionPage = {
  suppressions: Suppression[];
  /** Absent: this is the last page. A page with a cursor may be short or empty. */
  cursor?: string;
};

export type SuppressionStore = {
  /**
   * Suppresses the recipient. Of several suppressions the earliest is kept, whatever their order. A suppression from
   * before the last lift changes nothing.
   * @returns the suppression in force afterwards; undefined: none, because it was lifted since.
   */
  suppress(tenant: string, suppression: Suppression): Promise<Suppression | undefined>;
  /**
   * @param at epoch milliseconds. An event from before this time does not suppress again, however late it is reported.
   * @returns the suppression that was lifted; undefined if none was in force.
   */
  liftSuppression(tenant: string, recipient: string, at: number): Promise<Suppression | undefined>;
  /** The suppressions of these recipients (at most 100). Consistent read. */
  suppressionsOf(tenant: string, recipients: readonly string[]): Promise<Suppression[]>;
  /** In the order of recipient keys. @param limit rows that are read. */
  listSuppressions(tenant: string, limit: number, cursor?: string): Promise<SuppressionPage>;
};
