import { createHash } from 'node:crypto';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseEnvelope } from '#shared/messaging/parse.ts';

/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/), derived from the correlation id (docs/adr/0050). So a trace
 * takes no place in a row: a field more in the outbox row of an order would cost a write unit.
 */
export type TraceContext = {
  /** 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The span of the caller: 16 lower-case hexadecimal digits. */
  parentId: string;
  /** Whether the caller may have recorded the span. */
  isSampled: boolean;
};

/** Version, trace id, parent id and flags. Neither the version nor an id has its invalid value. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The only flag of version 00. */
const SAMPLED = 1;

/**
 * Reads a `traceparent`. A later version is read by the fields of version 00, as the standard requires.
 * @returns undefined for everything that the standard calls invalid.
 */
export function traceContextIn(traceparent: string): TraceContext | undefined {
  const [, version, traceId, parentId, flags = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || parentId === undefined) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/**
 * The trace id of a correlation id. A trace id is its own, and a UUID is one without its hyphens. Of any other
 * correlation id, it is the beginning of the SHA-256.
 */
export function traceIdOf(correlationId: string): string {
  const digits = correlationId.replaceAll('-', '');
  return TRACE_ID.test(digits) ? digits : digestOf(correlationId).slice(0, 32);
}

/** The span id of a message or a request, from its id. */
export const spanIdOf = (id: string): string => digestOf(id).slice(0, 16);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The trace id, if it does not follow from the correlation id: the caller has sent both headers. */
export function foreignTraceId(correlationId: string, traceparent: string | undefined): string | undefined {
  const context = traceparent === undefined ? undefined : traceContextIn(traceparent);
  return context && context.traceId !== traceIdOf(correlationId) ? context.traceId : undefined;
}

export const traceparentOf = ({ traceId, parentId, isSampled }: TraceContext): string =>
  `00-${traceId}-${parentId}-${isSampled ? '01' : '00'}`;

/**
 * The `traceparent` of an envelope that was committed with none. Each message is a span of its trace. It is sampled,
 * because every span is logged.
 */
const derivedTraceparent = ({ id, correlationid }: Pick<Envelope, 'id' | 'correlationid'>): string =>
  traceparentOf({ traceId: traceIdOf(correlationid), parentId: spanIdOf(id), isSampled: true });

/** The bytes that a derived `traceparent` adds to the body of a message. */
export const TRACEPARENT_BYTES = `"traceparent":"${derivedTraceparent({ id: '', correlationid: '' })}",`.length;

/** An envelope with a `traceparent`, always the same one. It is derived, unless the envelope was committed with one. */
export function withTraceparent(envelope: Envelope): Envelope {
  if (envelope.traceparent !== undefined) return envelope;
  const { data, ...attributes } = envelope;
  return { ...attributes, traceparent: derivedTraceparent(envelope), data };
}

/** The envelope as it was committed. The opposite of `withTraceparent`, for what is stored. */
export function withoutDerivedTraceparent(envelope: Envelope): Envelope {
  const { traceparent, ...committed } = envelope;
  return traceparent === derivedTraceparent(envelope) ? committed : envelope;
}

/** The text of an envelope with its `traceparent`, if it is valid. Another text stays as it is, and has none. */
export function tracedMessage(body: string): { body: string; traceparent?: string } {
  const committed = envelopeIn(body);
  // What an outside service reports is published as it is.
  if (!committed) return { body };
  const envelope = withTraceparent(committed);
  const { traceparent = '' } = envelope;
  // It becomes a header, so another text must not get there.
  return { body: JSON.stringify(envelope), ...(traceContextIn(traceparent) && { traceparent }) };
}

/** The envelope, with its attributes in the order of the text; undefined if the text is none of a version that we know. */
export function envelopeIn(body: string): Envelope | undefined {
  try {
    parseEnvelope(body);
    return JSON.parse(body);
  } catch {
    // The code that handles the message reports it.
    return undefined;
  }
}
