import type { MiddlewareObj } from '@middy/core';
import type { Log } from '#shared/messaging/system.ts';
import type { Correlated } from './correlation.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';

/**
 * Logs one line for each request, with its route and the status of the answer. The line has the correlation id, which
 * the access log of API Gateway does not know. `requestId` is in both logs.
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
