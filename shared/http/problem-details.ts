import type { MiddlewareObj } from '@middy/core';
import { causesOf } from '#shared/messaging/causes.ts';
import type { Log } from '#shared/messaging/system.ts';
import { TooManyRequests } from '#shared/once/tenant-rate.ts';
import type { Correlated } from './correlation.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';
import { problemOfError, problemResponse } from './problem.ts';

/** Answers every error with problem details, and logs the errors that we have to fix (500 and above). */
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
      request.response = problemResponse(problem, retryAfter(request.error));
    },
  };
}

/** When a refused request may come again, if the error knows it. */
const retryAfter = (error: unknown): Record<string, string> =>
  error instanceof TooManyRequests ? { 'retry-after': String(error.retryAfterSeconds) } : {};
