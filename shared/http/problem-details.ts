import type { MiddlewareObj } from '@middy/core';
import { Failure } from '#shared/messaging/failure.ts';
import type { Log } from '#shared/ports.ts';
import type { Correlated } from './correlation.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';
import { problemOfError, problemResponse } from './problem.ts';

/** Answers every error with problem details, and logs those that are ours to mend. */
export function problemDetails(options: { log: Log }): MiddlewareObj<HttpEvent & Correlated, HttpResponse> {
  const { log } = checkedOptions('problemDetails', options, ['log']);
  return {
    onError: (request) => {
      const problem = problemOfError(request.error);
      if (problem.status >= 500) {
        const { routeKey, correlationId, requestContext } = request.event;
        const fields = {
          code: problem.code,
          routeKey,
          correlationId,
          requestId: requestContext.requestId,
          causes: causesOf(request.error),
        };
        if (problem.status === 503) log.warn('request could not be completed', fields);
        else log.error('request failed unexpectedly', fields);
      }
      request.response = problemResponse(problem);
    },
  };
}

/** Deeper chains say no more, and a circular one must not hang the answer. */
const CAUSES = 5;

/**
 * An error and its causes for the log: names and places. Messages only of our own failures: a
 * foreign one may quote what it choked on, and that may be personal data.
 */
function causesOf(error: unknown): Record<string, unknown>[] {
  const causes: Record<string, unknown>[] = [];
  for (let cause = error; cause instanceof Error && causes.length < CAUSES; cause = cause.cause) {
    const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    const own = cause instanceof Failure ? { code: cause.code, message: cause.message } : {};
    causes.push({ name: cause.name, ...own, frames: frames.map((line) => line.trim()) });
  }
  return causes.length > 0 ? causes : [{ name: typeof error }];
}
