import { createHash } from 'node:crypto';
import type { Envelope, NewMessage } from '#shared/messaging/envelope.ts';
import { type StateKey, subjectName } from '#shared/messaging/identity.ts';

/** What caused a command, as its messages will tell. */
export type Metadata = {
  correlationId: string;
  /** Id of the request or message that is being handled. */
  causationId: string;
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
 * Puts the messages of one commit into envelopes. Their ids follow from the outbox row and the
 * position alone, so that nothing random can tell two publications of one message apart.
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
      ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
      data: message.data,
    };
  });
}

function envelopeId(key: StateKey, commandId: string, position: number): string {
  const address = JSON.stringify([key.tenant, key.type, key.id, commandId, position]);
  return createHash('sha256').update(address).digest('base64url');
}
