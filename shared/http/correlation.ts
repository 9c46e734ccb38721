import type { MiddlewareObj } from '@middy/core';
import { isCorrelationId } from '#shared/messaging/correlation.ts';
import type { Randomness } from '#shared/messaging/system.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';

export type Correlated = {
  /** The id on every message, log line and answer that this request causes. */
  correlationId: string;
  /** W3C trace context, if the caller sent a valid one. */
  traceparent?: string;
};

export const CORRELATION_HEADER = 'x-correlation-id';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Takes the caller's `X-Correlation-Id`, or makes an id if the header is missing or malformed. Every answer carries the
 * id, errors included. API Gateway joins a header that is sent twice with a comma, which no id has, so it counts as
 * malformed. No decision depends on the id, so a second header from a proxy must not fail an order. A `traceparent`
 * that is sent twice is not passed on, as W3C Trace Context requires.
 */
export function correlation(options: { random: Randomness }): MiddlewareObj<HttpEvent & Correlated, HttpResponse> {
  const { random } = checkedOptions('correlation', options, ['random']);
  const echo = ({ event, response }: { event: Correlated; response: HttpResponse | null | undefined }): void => {
    if (response) response.headers[CORRELATION_HEADER] = event.correlationId;
  };
  return {
    before: ({ event }) => {
      const { [CORRELATION_HEADER]: given = '', traceparent = '' } = event.headers;
      event.correlationId = isCorrelationId(given) ? given : random.nonce();
      if (TRACEPARENT.test(traceparent)) event.traceparent = traceparent;
    },
    after: echo,
    onError: echo,
  };
}
