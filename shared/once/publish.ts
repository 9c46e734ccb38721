import { ENVELOPE_ATTRIBUTES, type Envelope } from '#shared/messaging/envelope.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { inParallel } from './in-parallel.ts';
import { withLogFields } from './log-context.ts';
import { messageLogFields } from './message-log-fields.ts';
import type { OutboxRecord, OutboxStore, Publication, Publisher, PublishFailure } from './ports.ts';
import { TRACEPARENT_BYTES } from './trace.ts';

/** The limits of SNS for one PublishBatch. */
const BATCH = { messages: 10, bytes: 256 * 1024 } as const;
/** Maximum number of PublishBatch calls, or of rows being marked, in flight at once. */
const CONCURRENCY = 8;

/** A record that was not published completely, or was not marked as published. It stays due. */
export type Unpublished = { record: OutboxRecord; failures: PublishFailure[] };

export type PublishPorts = {
  publisher: Publisher;
  outbox: OutboxStore;
  clock: Clock;
  log: Log;
  /** For rows that an earlier release wrote; absent: there are no such rows. */
  earlierAttributes?: EarlierAttributes;
};

/**
 * Publishes every message of the records and then marks the records as published. In this order, a crash in between
 * publishes a message again, and consumers recognise that. The other order would lose messages.
 * It never throws because of a single record.
 * @returns the records that stay due. The caller decides when they are tried again.
 */
export async function publishOutbox(records: readonly OutboxRecord[], ports: PublishPorts): Promise<Unpublished[]> {
  const prepared = records.map((record, index) => ({
    record,
    ...publicationsOf(record, index, ports.earlierAttributes),
  }));
  const failures = await publishAll(
    prepared.flatMap(({ publications }) => publications),
    ports.publisher,
  );
  const failuresOf = Map.groupBy(failures, ({ key }) => Number(key.split('-')[0]));
  const outcomes = await inParallel([...prepared.entries()], CONCURRENCY, ([index, { record, unreadable }]) =>
    withLogFields(logFieldsOf(record), async () => {
      const failed = [...unreadable, ...(failuresOf.get(index) ?? [])];
      return { record, failures: failed.length > 0 ? failed : await markPublished(record, ports) };
    }),
  );
  return outcomes.filter((outcome) => outcome.failures.length > 0);
}

/** Publishes in batches that SNS accepts. @returns the messages that were not published. */
export async function publishAll(publications: Publication[], publisher: Publisher): Promise<PublishFailure[]> {
  return (await inParallel(batchesOf(publications), CONCURRENCY, (batch) => publisher.publishBatch(batch))).flat();
}

/** The fields by which log lines about a record are found. All its messages have the same correlation id. */
export function logFieldsOf({ commandId, messages }: OutboxRecord): Record<string, string> {
  const { spanId: _ofOneMessage, ...fields } = messageLogFields(messages[0] ?? '');
  return { commandId, ...fields };
}

/** The publishable messages of a record. An unreadable message fails permanently without affecting the others. */
function publicationsOf(record: OutboxRecord, index: number, earlier: EarlierAttributes | undefined) {
  const publications: Publication[] = [];
  const unreadable: PublishFailure[] = [];
  for (const [position, body] of record.messages.entries()) {
    const key = `${index}-${position}`;
    try {
      publications.push(publicationOf(body, key, earlier));
    } catch {
      // The error is not passed on, because a parser's message quotes the text that it could not read.
      unreadable.push({ key, reason: 'UNREADABLE_MESSAGE', permanent: true });
    }
  }
  return { publications, unreadable };
}

/** If marking fails, `wake-due` publishes the record once more; nothing is lost. */
async function markPublished(record: OutboxRecord, { outbox, clock, log }: PublishPorts): Promise<PublishFailure[]> {
  try {
    await outbox.markPublished(record.subject, record.commandId, new Date(clock.now()).toISOString());
    log.info('Published', { messages: record.messages.length });
    return [];
  } catch (error) {
    log.warn('Published, but not marked as published', { error });
    return [{ key: record.commandId, reason: 'NOT_MARKED', permanent: false }];
  }
}

/** Derives the attributes that messages of earlier releases lack from their envelope. */
export type EarlierAttributes = (envelope: Envelope) => Record<string, string>;

/** A message's body and the attributes that subscribers filter on: its type and its own. Never a destination. */
export function publicationOf(body: string, key: string, earlier?: EarlierAttributes): Publication {
  const envelope: Envelope = JSON.parse(body);
  return {
    key,
    body,
    attributes: { ...earlier?.(envelope), ...ownAttributes(envelope), [MESSAGE_ATTRIBUTE.type]: envelope.type },
    groupId: envelope.tenantid,
  };
}

function ownAttributes(envelope: Envelope): Record<string, string> {
  const own: [string, string][] = Object.entries(envelope)
    .filter(([name]) => !ENVELOPE_ATTRIBUTES.includes(name))
    .map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(own);
}

/** Batches in order, each as full as SNS allows. A message over the limit goes alone, so that SNS refuses only it. */
export function batchesOf(publications: readonly Publication[]): Publication[][] {
  const batches: Publication[][] = [];
  let bytes = 0;
  for (const publication of publications) {
    const size = sizeOf(publication);
    const current = batches.at(-1);
    if (current && current.length < BATCH.messages && bytes + size <= BATCH.bytes) {
      current.push(publication);
      bytes += size;
    } else {
      batches.push([publication]);
      bytes = size;
    }
  }
  return batches;
}

/** With the `traceparent` that the publisher adds. */
function sizeOf({ body, attributes }: Publication): number {
  const attributeBytes = Object.entries(attributes).map(([name, value]) => Buffer.byteLength(`${name}String${value}`));
  return Buffer.byteLength(body) + TRACEPARENT_BYTES + attributeBytes.reduce((sum, size) => sum + size, 0);
}
