import type { Erasure } from '#shared/erasure/erasure.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Suppression } from '#shared/suppression/ports.ts';

/** Reasons not to send a notification: suppressions of its recipients, and erasures of its recipients and customer. */
export type Objections = {
  suppressions: Suppression[];
  /** Erasures of any age. */
  erasures: { key: Subject; stored: StoredState<Erasure> }[];
};

export type ObjectionStore = {
  /**
   * One consistent read call for up to 100 rows.
   * @param erasures keys under which erasures of the recipients and the customer would be stored.
   * @throws NewerVersion, PoisonMessage
   */
  objectionsTo(tenant: string, recipients: readonly string[], erasures: readonly Subject[]): Promise<Objections>;
};
