import { createHash } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ORDER_ID_LENGTH = 26;

/** What every order id looks like. */
export const ORDER_ID = /^[a-z2-7]{26}$/;

/**
 * The id of the order that a tenant places with an Idempotency-Key: known before the call, and the
 * same for every repetition, so that all of them meet on one partition. A client computes it as the
 * first 26 characters of the lower-case base32 (RFC 4648, no padding) of
 * `SHA-256("counterfoil-order" LF tenant LF key)`, with the key as it is without quotes.
 */
export function orderIdFor(tenant: string, idempotencyKey: string): string {
  const hash = createHash('sha256').update(`counterfoil-order\n${tenant}\n${idempotencyKey}`).digest();
  return base32(hash).slice(0, ORDER_ID_LENGTH);
}

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group, 2)]).join('');
}
