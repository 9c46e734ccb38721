import type { MiddlewareObj } from '@middy/core';
import type { HttpEvent, HttpResponse } from './event.ts';
import { RequestRefused } from './request-refused.ts';

/** `expectedVersion`: the version that the caller has read. Without it, the command applies to any version. */
export type Conditional = { expectedVersion?: number };

/** The version of a state as an entity tag (RFC 9110): `"5"`. `"0"`: the defaults, because nothing is stored yet. */
export const etagOf = (version: number): { etag: string } => ({ etag: `"${version}"` });

const VERSION = /^"(0|[1-9]\d{0,14})"$/;

/**
 * Reads `If-Match`: the `ETag` of the version that a command is meant for, or `*` for any version. Lists are refused,
 * because a state has one version, and so are weak tags, because If-Match compares strongly.
 * @throws RequestRefused `IF_MATCH_INVALID`.
 */
export function ifMatch(): MiddlewareObj<HttpEvent & Conditional, HttpResponse> {
  return {
    before: ({ event }) => {
      const header = event.headers['if-match']?.trim();
      if (header === undefined || header === '*') return;
      const version = VERSION.exec(header)?.[1];
      if (version === undefined) throw refused();
      event.expectedVersion = Number(version);
    },
  };
}

const refused = (): RequestRefused =>
  new RequestRefused(
    'IF_MATCH_INVALID',
    'The If-Match header is neither one entity tag of this API, which is a version in double quotes, nor an asterisk.',
    'Send the ETag of the answer that you have read, such as "5". Without the header, the command applies to any version.',
  );
