import type { AuditEntry } from './audit.ts';

export type AuditList = {
  /**
   * A page of what operators did, latest first.
   * @property from, to epoch milliseconds: from this time on, and before that time.
   * @property after id of the last entry of the page before.
   */
  listAudit(range: { from?: number; to?: number; after?: string }, limit: number): Promise<AuditEntry[]>;
};
