import type { MiddlewareObj } from '@middy/core';
import type { HttpEvent, HttpResponse } from './event.ts';
import { finder } from './place.ts';
import { RequestRefused } from './request-refused.ts';

export type Idempotent = { idempotencyKey: string };

export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** Printable ASCII: what every HTTP library sends unharmed. */
const KEY = /^[\x20-\x7E]{1,128}$/;
const outsideAscii = finder(String.raw`[^\x20-\x7E]`);

/** A string of RFC 9651 (structured fields): within quotes, with `\"` and `\\`. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5B\x5D-\x7E]|\\["\\])*)"$/;

/**
 * Requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). The draft writes it as a
 * quoted string, many clients without quotes: both are taken, and `"abc"` is the key `abc`.
 *
 * No key has a comma, not even within quotes. The header is a single Item, and API Gateway joins one that is sent twice
 * with a comma (payload format 2.0): without this rule `K` sent twice would be the key `K,K`, a second command.
 * @throws RequestRefused `IDEMPOTENCY_KEY_REQUIRED` or `IDEMPOTENCY_KEY_INVALID`.
 */
export function idempotencyKey(): MiddlewareObj<HttpEvent & Idempotent, HttpResponse> {
  return {
    before: ({ event }) => {
      event.idempotencyKey = parseIdempotencyKey(event.headers[IDEMPOTENCY_HEADER]);
    },
  };
}

/** The key that a header's value names. */
export function parseIdempotencyKey(header: string | undefined): string {
  const value = header?.trim() ?? '';
  if (value === '') {
    throw new RequestRefused(
      'IDEMPOTENCY_KEY_REQUIRED',
      'The Idempotency-Key header is missing.',
      'Send one that is new for each command and the same for each repetition, such as a UUID.',
    );
  }
  if (value.includes(',')) throw refused(REPEATED);
  const outside = outsideAscii(value);
  if (outside)
    throw refused(`It has ${outside.codePoint} at character ${outside.position}, which is not printable ASCII.`);
  const key = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(["\\])/g, '$1') : value;
  if (key === undefined) throw refused('It begins with a double quote but is not a quoted string.');
  if (!KEY.test(key)) throw refused(`It has ${key.length} characters.`);
  return key;
}

const REPEATED = 'It has a comma: the header was sent more than once and joined on the way, or the key itself has one.';

const refused = (detail: string): RequestRefused =>
  new RequestRefused(
    'IDEMPOTENCY_KEY_INVALID',
    `The Idempotency-Key cannot be used. ${detail}`,
    'Send the header once, with 1 to 128 printable ASCII characters and no comma, such as a UUID; if quoted, with both quotes.',
  );
