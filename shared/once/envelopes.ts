import { createHash } from 'node:crypto';
import type { Envelope, NewMessage } from '#shared/messaging/envelope.ts';
import { type StateKey, type Subject, subjectName } from '#shared/messaging/identity.ts';
import { foreignTraceId } from './trace.ts';

/** The cause of a command. The command's messages carry it. */
export type Metadata = {
  correlationId: string;
  /** Id of the request or message that is handled. */
  causationId: string;
  /** W3C trace context of the cause. Without one, the trace follows from the correlation id. */
  traceparent?: string;
};

export type EnvelopeContext = {
  key: StateKey;
  commandId: string;
  version: number;
  /** Epoch milliseconds. */
  now: number;
  metadata: Metadata;
};

/**
 * Puts the messages of one commit into envelopes. A message's id depends only on the outbox row and the position, so
 * that two publications of one message have the same id.
 */
export function envelopesFor(messages: readonly NewMessage[], context: EnvelopeContext): Envelope[] {
  const { key, commandId, version, now, metadata } = context;
  return messages.map((message, index) => {
    const position = index + 1;
    return {
      ...message.attributes,
      specversion: '1.0',
      id: envelopeId(key, commandId, position),
      source: `/counterfoil/${key.type}`,
      type: message.type,
      subject: subjectName(key),
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
      tenantid: key.tenant,
      correlationid: metadata.correlationId,
      causationid: metadata.causationId,
      sequence: `${version}.${position}`,
      // Stored only if nothing else says it, because it takes place in the row.
      ...(foreignTraceId(metadata.correlationId, metadata.traceparent) && { traceparent: metadata.traceparent }),
      data: message.data,
    };
  });
}

/** The id of a command's message. @param position from 1, among the messages of the command. */
export function envelopeId(key: Subject, commandId: string, position: number): string {
  const address = JSON.stringify([key.tenant, key.type, key.id, commandId, position]);
  return createHash('sha256').update(address).digest('base64url');
}
