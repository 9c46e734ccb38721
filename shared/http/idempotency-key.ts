import type { MiddlewareObj } from '@middy/core';
import type { HttpEvent, HttpResponse } from './event.ts';
import { finder } from './place.ts';
import { RequestRefused } from './request-refused.ts';

export type Idempotent = { idempotencyKey: string };

export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** Printable ASCII, which every HTTP library sends unchanged. */
const KEY = /^[\x20-\x7E]{1,128}$/;
const outsideAscii = finder(String.raw`[^\x20-\x7E]`);

/** A string of RFC 9651 (structured fields): in quotes, with `\"` and `\\` as escapes. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5B\x5D-\x7E]|\\["\\])*)"$/;

/**
 * Requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). The draft defines a quoted string, but
 * many clients send the key without quotes. Both are accepted: `"abc"` is the key `abc`.
 *
 * A key has no comma, not even in quotes. The header is a single Item, and API Gateway joins a header that is sent
 * twice with a comma (payload format 2.0). Without this rule, `K` sent twice would be the key `K,K`, which is a second
 * command.
 * @throws RequestRefused `IDEMPOTENCY_KEY_REQUIRED` or `IDEMPOTENCY_KEY_INVALID`.
 */
export function idempotencyKey(): MiddlewareObj<HttpEvent & Idempotent, HttpResponse> {
  return {
    before: ({ event }) => {
      event.idempotencyKey = parseIdempotencyKey(event.headers[IDEMPOTENCY_HEADER]);
    },
  };
}

/** Reads the key from the value of the header. */
export function parseIdempotencyKey(header: string | undefined): string {
  const value = header?.trim() ?? '';
  if (value === '') {
    throw new RequestRefused(
      'IDEMPOTENCY_KEY_REQUIRED',
      'The Idempotency-Key header is missing.',
      'Send a key that is new for each command and the same for each retry, such as a UUID.',
    );
  }
  if (value.includes(',')) throw refused(REPEATED);
  const outside = outsideAscii(value);
  if (outside)
    throw refused(`It has ${outside.codePoint} at character ${outside.position}, which is not printable ASCII.`);
  const key = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(["\\])/g, '$1') : value;
  if (key === undefined) throw refused('It starts with a double quote but is not a quoted string.');
  if (!KEY.test(key)) throw refused(`It has ${key.length} characters.`);
  return key;
}

const REPEATED =
  'It has a comma: the header was sent more than once and API Gateway joined the values, or the key itself has a comma.';

const refused = (detail: string): RequestRefused =>
  new RequestRefused(
    'IDEMPOTENCY_KEY_INVALID',
    `The Idempotency-Key cannot be used. ${detail}`,
    'Send the header once, with 1 to 128 printable ASCII characters and no comma, such as a UUID. A quoted key needs both quotes.',
  );
