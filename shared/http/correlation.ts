import type { MiddlewareObj } from '@middy/core';
import { isCorrelationId } from '#shared/messaging/correlation.ts';
import type { Randomness } from '#shared/messaging/system.ts';
import { addLogFields } from '#shared/once/log-context.ts';
import { foreignTraceId, traceContextIn, traceparentOf } from '#shared/once/trace.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';

export type Correlated = {
  /** The id on every message, log line and answer that this request causes. */
  correlationId: string;
  /** W3C trace context, if the caller sent a valid one. */
  traceparent?: string;
};

export const CORRELATION_HEADER = 'x-correlation-id';

/**
 * Takes the caller's `X-Correlation-Id`. If the header is missing or malformed, the trace id of the caller's
 * `traceparent` is the correlation id, or a new id if there is none either. Every answer carries the id, errors included.
 * API Gateway joins a header that is sent twice with a comma, which no id has, so it counts as malformed. No decision
 * depends on the id, so a second header from a proxy must not fail an order. An invalid `traceparent`, or one that is
 * sent twice, is ignored, as W3C Trace Context requires.
 */
export function correlation(options: { random: Randomness }): MiddlewareObj<HttpEvent & Correlated, HttpResponse> {
  const { random } = checkedOptions('correlation', options, ['random']);
  const echo = ({ event, response }: { event: Correlated; response: HttpResponse | null | undefined }): void => {
    if (response) response.headers[CORRELATION_HEADER] = event.correlationId;
  };
  return {
    before: ({ event }) => {
      const { [CORRELATION_HEADER]: given = '', traceparent = '' } = event.headers;
      const context = traceContextIn(traceparent);
      event.correlationId = isCorrelationId(given) ? given : (context?.traceId ?? random.nonce());
      if (!context) return;
      event.traceparent = traceparentOf(context);
      const traceId = foreignTraceId(event.correlationId, event.traceparent);
      addLogFields({ parentSpanId: context.parentId, ...(traceId !== undefined && { traceId }) });
    },
    after: echo,
    onError: echo,
  };
}
