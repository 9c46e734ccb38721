import { createHash } from 'node:crypto';
import { base32 } from '#shared/messaging/base32.ts';

const LENGTH = 26;

/** The format of every id that is derived from an Idempotency-Key. */
export const DERIVED_ID = /^[a-z2-7]{26}$/;

/**
 * The id of the resource that a tenant creates with an Idempotency-Key. It is known before the call and the same for
 * every retry, so all retries write to one partition. A client can compute it: the first 26 characters of the
 * lower-case base32 (RFC 4648, no padding) of `SHA-256("counterfoil-<kind>" LF tenant LF key)`, where the key has no
 * surrounding quotes.
 */
export function derivedId(kind: string, tenant: string, idempotencyKey: string): string {
  const hash = createHash('sha256').update(`counterfoil-${kind}\n${tenant}\n${idempotencyKey}`).digest();
  return base32(hash).slice(0, LENGTH);
}
