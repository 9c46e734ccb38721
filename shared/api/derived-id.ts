import { createHash } from 'node:crypto';
import { base32 } from '#shared/messaging/base32.ts';

const LENGTH = 26;

/** What every id that follows from a key looks like. */
export const DERIVED_ID = /^[a-z2-7]{26}$/;

/**
 * The id of what a tenant asks for with an Idempotency-Key: known before the call, and the same for every
 * repetition, so that all of them meet on one partition. A client computes it as the first 26 characters of
 * the lower-case base32 (RFC 4648, no padding) of `SHA-256("counterfoil-<kind>" LF tenant LF key)`, with the key
 * as it is without quotes.
 */
export function derivedId(kind: 'order' | 'message' | 'attachment', tenant: string, idempotencyKey: string): string {
  const hash = createHash('sha256').update(`counterfoil-${kind}\n${tenant}\n${idempotencyKey}`).digest();
  return base32(hash).slice(0, LENGTH);
}
