import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Identifies a body, to recognise when it is sent again: HMAC-SHA256 over its canonical JSON (RFC 8785). The order of
 * fields and white space do not matter. The input is the body as received, so a default that a later version adds
 * changes nothing. The hash is keyed, because it outlives an erased order and must not reveal its data to guessing.
 * @param received parsed JSON whose strings are well-formed.
 * @returns base64url.
 */
export function fingerprintOf(received: unknown, key: string): string {
  return createHmac('sha256', key)
    .update(canonicalize(received) ?? '')
    .digest('base64url');
}
