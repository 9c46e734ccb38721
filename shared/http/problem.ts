import type { Rejection } from '#shared/messaging/decider.ts';
import { Failure, type Fault } from '#shared/messaging/failure.ts';
import type { HttpResponse } from './event.ts';

/** Problem details (RFC 9457), with what a program and a person need to go on. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  next: string;
  errors?: readonly Fault[];
};

/** The one place where codes become HTTP statuses. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  IDEMPOTENCY_KEY_REQUIRED: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  BODY_EMPTY: 400,
  BODY_NOT_UTF8: 400,
  JSON_INVALID: 400,
  VALIDATION_FAILED: 400,
  TENANT_INVALID: 403,
  ROUTE_NOT_FOUND: 404,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  ATTACHMENTS_REFUSED: 409,
  IDEMPOTENCY_CONFLICT: 422,
  LIMIT_EXCEEDED: 422,
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
};

/** Seconds after which a client that was told 503 may come again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * What the caller is told about an error. What is not in the table was not foreseen: it is told
 * without a word about our insides.
 */
export function problemOfError(error: unknown): Problem {
  if (!(error instanceof Failure)) return UNEXPECTED;
  if (error.code === 'STORE_UNAVAILABLE') return UNREADABLE;
  if (error.code === 'NEWER_VERSION') return NEWER;
  if (!Object.hasOwn(STATUS_OF_CODE, error.code)) return UNEXPECTED;
  const problem = describe({ code: error.code, detail: error.message, next: error.next });
  return error.faults.length > 0 ? { ...problem, errors: error.faults } : problem;
}

/** The domain's no, new or stored: the same rejection always makes the same problem. */
export function problemOfRejection({ code, detail, next }: Rejection): Problem {
  return describe({ code, detail, next });
}

/** A problem on the wire. Problems are not to be cached: the next attempt may fare better. */
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
  const title = words.join(' ');
  return {
    type: `urn:counterfoil:problem:${words.join('-')}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: STATUS_OF_CODE[code] ?? (code.endsWith('_NOT_FOUND') ? 404 : 409),
    code,
    detail,
    next,
  };
}

const UNEXPECTED = describe({
  code: 'INTERNAL_ERROR',
  detail: 'Something unforeseen happened. It was recorded under the correlation id of this answer.',
  next: 'Repeat the request with the same Idempotency-Key; if it stays, report the correlation id.',
});

const UNREADABLE = describe({
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'The data could not be reached in time.',
  next: 'Repeat the request in a moment.',
});

const NEWER = describe({
  code: 'TEMPORARILY_UNAVAILABLE',
  detail: 'A newer release than the one that answered wrote this. Nothing was changed.',
  next: 'Repeat the request in a moment, a command with the same Idempotency-Key.',
});
