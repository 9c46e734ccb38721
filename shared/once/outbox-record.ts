import type { Announcement } from '#shared/messaging/decider.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { envelopesFor, type Metadata } from './envelopes.ts';
import type { OutboxRecord, Outcome } from './ports.ts';

/** The parts of a command that its outbox row stores. */
export type RecordedCommand = {
  key: StateKey;
  command: unknown;
  decider: { process?: string };
  commandId: string;
  fingerprint: string;
  metadata: Metadata;
};

/** How a command ended, at `now` (epoch milliseconds). `wake-due` publishes its messages after `graceMs`. */
export type Ending = { nonce: string; now: number; outcome: Outcome; announced: Announcement; graceMs: number };

/** The outbox row of a command. */
export function outboxRecord(
  { key, command, commandId, fingerprint, metadata, decider: { process } }: RecordedCommand,
  { nonce, now, outcome, announced, graceMs }: Ending,
): OutboxRecord {
  const type = key.part && process === undefined ? undefined : typeOf(command);
  const envelopes = envelopesFor(announced.messages, { key, commandId, version: outcome.version, now, metadata });
  return {
    subject: { tenant: key.tenant, type: key.type, id: key.id },
    commandId,
    nonce,
    fingerprint,
    ...(type !== undefined && { command: type }),
    ...(process !== undefined && { process }),
    outcome,
    messages: envelopes.map((envelope) => JSON.stringify(envelope)),
    createdAt: new Date(now).toISOString(),
    ...(envelopes.length === 0 ? { correlationId: metadata.correlationId } : { dueAt: now + graceMs }),
  };
}

const typeOf = (command: unknown): string | undefined =>
  typeof command === 'object' && command !== null && 'type' in command && typeof command.type === 'string'
    ? command.type
    : undefined;
