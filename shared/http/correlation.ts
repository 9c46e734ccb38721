import type { MiddlewareObj } from '@middy/core';
import { isCorrelationId } from '#shared/messaging/correlation.ts';
import type { Randomness } from '#shared/ports.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';

export type Correlated = {
  /** The same on everything that this request sets off, and on its answer. */
  correlationId: string;
  /** W3C trace context, where the caller sent one. */
  traceparent?: string;
};

export const CORRELATION_HEADER = 'x-correlation-id';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Takes the caller's `X-Correlation-Id`, or makes one where there is none or it is malformed, and
 * puts it on every answer, errors included. One that is sent twice arrives joined with a comma, which no id has: it is
 * malformed. It decides about nothing, so a proxy that adds a second one must not cost anybody an order. A `traceparent`
 * that is sent twice is not passed on, as W3C Trace Context asks for.
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
