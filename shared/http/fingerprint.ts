import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Recognises the same body sent again: HMAC-SHA256 over its canonical JSON (RFC 8785), so that the
 * order of fields and white space do not matter. Taken of the body as received, so that a default
 * that a later version adds changes nothing; keyed, so that a hash that outlives an erased order
 * cannot be guessed from.
 * @param received parsed JSON whose strings are well-formed; @returns base64url.
 */
export function fingerprintOf(received: unknown, key: string): string {
  return createHmac('sha256', key)
    .update(canonicalize(received) ?? '')
    .digest('base64url');
}
