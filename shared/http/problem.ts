import type { Rejection } from '#shared/messaging/decider.ts';
import { Failure, type Fault } from '#shared/messaging/failure.ts';
import { VersionMismatch } from '#shared/once/errors.ts';
import type { HttpResponse } from './event.ts';

/** Problem details (RFC 9457), with a code for programs and the next step for people. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  next: string;
  errors?: readonly Fault[];
  /** The version of the state, if the request expected another one. */
  currentVersion?: number;
};

/** The only mapping of codes to HTTP statuses. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  IDEMPOTENCY_KEY_REQUIRED: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  IF_MATCH_INVALID: 400,
  BODY_EMPTY: 400,
  BODY_NOT_UTF8: 400,
  JSON_INVALID: 400,
  VALIDATION_FAILED: 400,
  NOTHING_TO_CHANGE: 400,
  TENANT_INVALID: 403,
  ROUTE_NOT_FOUND: 404,
  DEAD_LETTER_NOT_FOUND: 404,
  DEAD_LETTER_GROUP_NOT_FOUND: 404,
  SUBSCRIBER_NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  VERSION_MISMATCH: 412,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  ATTACHMENTS_REFUSED: 409,
  REPLAY_RUNNING: 409,
  DEAD_LETTER_NOT_OPEN: 409,
  EDITING_OFF: 409,
  ENDPOINT_DISABLED: 409,
  MESSAGE_NOT_EDITABLE: 409,
  REDRIVE_IN_PROGRESS: 409,
  SUBSCRIBER_PAUSED: 409,
  CUSTOMER_ERASED: 422,
  CUSTOMER_UNKNOWN: 422,
  EVENT_TYPE_UNKNOWN: 422,
  IDEMPOTENCY_CONFLICT: 422,
  LIMIT_EXCEEDED: 422,
  NOTHING_SELECTED: 422,
  TOO_MANY_GROUPS: 422,
  TOO_MANY_MEMBERS: 422,
  REPLAY_FROM_FUTURE: 422,
  WEBHOOK_URL_REFUSED: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
};

/** Seconds after which a client may repeat a request that was answered 503. */
const RETRY_AFTER_SECONDS = 1;

/**
 * The problem that the caller receives for an error. An error whose code is not in the table is unexpected. Its problem
 * reveals no internal details.
 */
export function problemOfError(error: unknown): Problem {
  if (!(error instanceof Failure)) return UNEXPECTED;
  if (error.code === 'STORE_UNAVAILABLE') return UNREADABLE;
  if (error.code === 'NEWER_VERSION') return NEWER;
  if (!Object.hasOwn(STATUS_OF_CODE, error.code)) return UNEXPECTED;
  const problem = describe({ code: error.code, detail: error.message, next: error.next });
  if (error instanceof VersionMismatch) return { ...problem, currentVersion: error.currentVersion };
  return error.faults.length > 0 ? { ...problem, errors: error.faults } : problem;
}

/** A rejection by the domain, new or stored. The same rejection always gives the same problem. */
export function problemOfRejection({ code, detail, next }: Rejection): Problem {
  return describe({ code, detail, next });
}

/** A problem as an HTTP answer. Caches must not store it, because the next attempt may succeed. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): HttpResponse {
  const retry: Record<string, string> = problem.status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...retry, ...headers },
    body: JSON.stringify(problem),
  };
}

function describe({ code, detail, next }: Rejection): Problem {
  const words = code.toLowerCase().split('_');
  const title = words
    .map((word) => SPELLED[word] ?? word)
    .join(' ')
    .replace('if match', 'If-Match');
  return {
    type: `urn:counterfoil:problem:${words.join('-')}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: STATUS_OF_CODE[code] ?? (code.endsWith('_NOT_FOUND') ? 404 : 409),
    code,
    detail,
    next,
  };
}

/** Words of codes that are not written in lower case. */
const SPELLED: Readonly<Record<string, string>> = { json: 'JSON', url: 'URL', utf8: 'UTF-8' };

const UNEXPECTED = describe({
  code: 'INTERNAL_ERROR',
  detail: 'An unexpected error occurred. It is logged with the correlation id of this answer.',
  next: 'Repeat the request with the same Idempotency-Key. If the error persists, report the correlation id.',
});

const UNREADABLE = describe({
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'The data could not be accessed in time.',
  next: 'Repeat the request after the time in Retry-After.',
});

const NEWER = describe({
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'The data was written by a newer release than the one that answered. Nothing was changed.',
  next: 'Repeat the request after the time in Retry-After. Repeat a command with the same Idempotency-Key.',
});
