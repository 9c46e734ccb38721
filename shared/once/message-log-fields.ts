import { correlationIdIn } from '#shared/messaging/correlation.ts';
import { envelopeIn, foreignTraceId, spanIdOf } from './trace.ts';

/** The fields of log lines about one of our messages. Empty if the text is none. It never throws. */
export function messageLogFields(body: string): Record<string, string> {
  const correlationId = correlationIdIn(body);
  if (correlationId === undefined) return {};
  const envelope = envelopeIn(body);
  if (!envelope) return { correlationId };
  const traceId = foreignTraceId(correlationId, envelope.traceparent);
  return { correlationId, ...(traceId !== undefined && { traceId }), spanId: spanIdOf(envelope.id) };
}
