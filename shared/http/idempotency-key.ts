import type { MiddlewareObj } from '@middy/core';
import type { HttpEvent, HttpResponse } from './event.ts';
import { RequestRefused } from './request-refused.ts';

export type Idempotent = { idempotencyKey: string };

export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** Printable ASCII: what every HTTP library sends unharmed. */
const KEY = /^[\x20-\x7E]{1,128}$/;

/** A string of RFC 9651 (structured fields): within quotes, with `\"` and `\\`. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5B\x5D-\x7E]|\\["\\])*)"$/;

/**
 * Requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). The draft writes it as a
 * quoted string, many clients without quotes: both are taken, and `"abc"` is the key `abc`.
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
  const key = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(["\\])/g, '$1') : value;
  if (key === undefined || !KEY.test(key)) {
    throw new RequestRefused(
      'IDEMPOTENCY_KEY_INVALID',
      'The Idempotency-Key is not 1 to 128 printable ASCII characters.',
      'Send a shorter one without other characters, such as a UUID; if quoted, with both quotes.',
    );
  }
  return key;
}
