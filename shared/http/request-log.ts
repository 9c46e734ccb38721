import type { MiddlewareObj } from '@middy/core';
import type { Log } from '#shared/ports.ts';
import type { Correlated } from './correlation.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';

/**
 * A line for each request: what was asked for, by its route, and the answer's status. It says what API
 * Gateway's own access log cannot, the correlation id, and is found from there by `requestId`.
 */
export function requestLog(options: { log: Log }): MiddlewareObj<HttpEvent & Correlated, HttpResponse> {
  const { log } = checkedOptions('requestLog', options, ['log']);
  const answered = ({ event, response }: { event: HttpEvent & Correlated; response?: HttpResponse | null }): void => {
    const { routeKey, correlationId, requestContext } = event;
    log.info('Request answered', {
      routeKey,
      status: response?.statusCode,
      correlationId,
      requestId: requestContext.requestId,
    });
  };
  return { after: answered, onError: answered };
}
