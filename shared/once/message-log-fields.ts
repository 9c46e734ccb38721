import { correlationIdIn } from '#shared/messaging/correlation.ts';
import { envelopeIn, foreignTraceId, spanIdOf } from './trace.ts';

/** A subject with an id of ours, which is a hash. An id that a caller has chosen may be a name, and is not logged. */
const OWN_SUBJECT = /^[a-z]+\/([a-z]+_)?[a-z2-7]{26}(_[0-9-]+)?$/;

/** The fields of log lines about one of our messages. Empty if the text is none. It never throws. */
export function messageLogFields(body: string): Record<string, string> {
  const correlationId = correlationIdIn(body);
  if (correlationId === undefined) return {};
  const envelope = envelopeIn(body);
  if (!envelope) return { correlationId };
  const traceId = foreignTraceId(correlationId, envelope.traceparent);
  return {
    correlationId,
    ...(traceId !== undefined && { traceId }),
    spanId: spanIdOf(envelope.id),
    ...(OWN_SUBJECT.test(envelope.subject) && { subject: envelope.subject }),
  };
}
