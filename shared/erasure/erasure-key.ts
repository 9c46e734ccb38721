import { createHash } from 'node:crypto';
import { base32 } from '#shared/messaging/base32.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { ErasureScope } from './erasure.ts';

const LENGTH = 26;

/**
 * Key of the row for the erasure of a person's data. There is one row for each person, so that repeated requests use
 * the same row and a sender finds it by the keys in a notification.
 */
export function erasureKeyOf(tenant: string, scope: ErasureScope): Subject {
  const person = 'customerId' in scope ? `customer\n${scope.customerId}` : `recipient\n${scope.recipient}`;
  const hash = createHash('sha256').update(`counterfoil-erasure\n${tenant}\n${person}`).digest();
  return { tenant, type: 'erasure', id: base32(hash).slice(0, LENGTH) };
}
