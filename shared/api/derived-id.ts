import { createHash } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 26;

/** What every id that follows from a key looks like. */
export const DERIVED_ID = /^[a-z2-7]{26}$/;

/**
 * The id of what a tenant asks for with an Idempotency-Key: known before the call, and the same for every
 * repetition, so that all of them meet on one partition. A client computes it as the first 26 characters of
 * the lower-case base32 (RFC 4648, no padding) of `SHA-256("counterfoil-<kind>" LF tenant LF key)`, with the key
 * as it is without quotes.
 */
export function derivedId(
  kind: 'order' | 'message' | 'attachment' | 'erasure',
  tenant: string,
  idempotencyKey: string,
): string {
  const hash = createHash('sha256').update(`counterfoil-${kind}\n${tenant}\n${idempotencyKey}`).digest();
  return base32(hash).slice(0, LENGTH);
}

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group, 2)]).join('');
}
