import { correlationIdIn } from '#shared/messaging/correlation.ts';
import { ENVELOPE_ATTRIBUTES, type Envelope } from '#shared/messaging/envelope.ts';
import { MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import type { Clock, Log, OutboxRecord, OutboxStore, Publication, Publisher, PublishFailure } from '#shared/ports.ts';
import { withLogFields } from './log-context.ts';

/** What SNS takes in one PublishBatch. */
const BATCH = { messages: 10, bytes: 256 * 1024 } as const;
/** PublishBatch calls, and rows being marked, in flight at once. */
const CONCURRENCY = 8;

/** A record that could not be published whole, or not be marked so. It stays due. */
export type Unpublished = { record: OutboxRecord; failures: PublishFailure[] };

export type PublishPorts = {
  publisher: Publisher;
  outbox: OutboxStore;
  clock: Clock;
  log: Log;
  /** For rows that an earlier release wrote; absent: there are none. */
  earlierAttributes?: EarlierAttributes;
};

/**
 * Publishes every message of the records and then marks those records published. In this order: a
 * crash in between publishes again, which consumers recognise; the other order would lose messages.
 * Never throws for one record's sake.
 * @returns the records that stay due; the caller decides when they are tried again.
 */
export async function publishOutbox(records: readonly OutboxRecord[], ports: PublishPorts): Promise<Unpublished[]> {
  const prepared = records.map((record, index) => ({
    record,
    ...publicationsOf(record, index, ports.earlierAttributes),
  }));
  const batches = batchesOf(prepared.flatMap(({ publications }) => publications));
  const failures = (await inParallel(batches, (batch) => ports.publisher.publishBatch(batch))).flat();
  const failuresOf = Map.groupBy(failures, ({ key }) => Number(key.split('-')[0]));
  const outcomes = await inParallel([...prepared.entries()], ([index, { record, unreadable }]) =>
    withLogFields(logFieldsOf(record), async () => {
      const failed = [...unreadable, ...(failuresOf.get(index) ?? [])];
      return { record, failures: failed.length > 0 ? failed : await markPublished(record, ports) };
    }),
  );
  return outcomes.filter((outcome) => outcome.failures.length > 0);
}

/** By what lines about a record are found. All its messages have the one correlation id. */
export function logFieldsOf({ commandId, messages }: OutboxRecord): Record<string, string> {
  const correlationId = correlationIdIn(messages[0]);
  return { commandId, ...(correlationId && { correlationId }) };
}

/** What can be published of a record; a message that cannot even be read fails alone, and for good. */
function publicationsOf(record: OutboxRecord, index: number, earlier: EarlierAttributes | undefined) {
  const publications: Publication[] = [];
  const unreadable: PublishFailure[] = [];
  for (const [position, body] of record.messages.entries()) {
    const key = `${index}-${position}`;
    try {
      publications.push(publicationOf(body, key, earlier));
    } catch {
      // Not passed on: a parser's message quotes what it could not read.
      unreadable.push({ key, reason: 'UNREADABLE_MESSAGE', permanent: true });
    }
  }
  return { publications, unreadable };
}

/** A record that was published but not marked is published once more by `wake-due`; nothing is lost. */
async function markPublished(record: OutboxRecord, { outbox, clock, log }: PublishPorts): Promise<PublishFailure[]> {
  try {
    await outbox.markPublished(record.subject, record.commandId, new Date(clock.now()).toISOString());
    log.info('Published', { messages: record.messages.length });
    return [];
  } catch (error) {
    log.warn('Published, but not marked so', { error });
    return [{ key: record.commandId, reason: 'NOT_MARKED', permanent: false }];
  }
}

/** Attributes that messages of earlier releases lack, by what those messages hold. */
export type EarlierAttributes = (envelope: Envelope) => Record<string, string>;

/** A message's body with what subscribers filter on: its type and its own attributes; never a destination. */
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

/** In order, each batch as full as SNS allows. A message that is too large alone goes alone, to be refused by name. */
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

function sizeOf({ body, attributes }: Publication): number {
  const attributeBytes = Object.entries(attributes).map(([name, value]) => Buffer.byteLength(`${name}String${value}`));
  return Buffer.byteLength(body) + attributeBytes.reduce((sum, size) => sum + size, 0);
}

/** Like Promise.all over `work`, with at most `CONCURRENCY` of them at once. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}
