import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { type Item, outboxRecordOf } from '#shared/adapters/aws/dynamodb/items.ts';
import { outboxStore } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import { systemClock } from '#shared/adapters/aws/runtime/system.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { ATTRIBUTE, ENV, FUNCTION, OUTBOX_SERVICE, SORT_KEY } from '#shared/names.ts';
import { COUNTED_MESSAGES, earlierAttributes } from '#shared/notification/messages.ts';
import { countedPublisher } from '#shared/once/counters.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { logFieldsOf, publishOutbox } from '#shared/once/publish.ts';

const { topicArn } = readEnvironment({ topicArn: [ENV.topic, 'text'] });
const table = ownTable();
const deadLetters = deadLetterStore(table);
const log = jsonLog();
const publisher = countedPublisher(snsPublisher({ topicArn }), COUNTED_MESSAGES, cloudWatchCounters(OUTBOX_SERVICE));
const ports = { publisher, outbox: outboxStore(table), clock: systemClock, log, earlierAttributes };

/**
 * The fast lane: publishes outbox rows as soon as the stream delivers them. It never fails a record: a row that
 * could not be published is still due, and `wake-due` finds it in the index.
 */
export const handler = invocable(log, relay);

async function relay(event: DynamoDBStreamEvent): Promise<void> {
  const read = await Promise.all(event.Records.filter(isNewOutboxRow).map(outboxRecordFrom));
  const records = read.filter((record) => record !== undefined && record.messages.length > 0) as OutboxRecord[];
  const unpublished = await publishOutbox(records, ports);
  log.info('Relayed', { records: records.length, unpublished: unpublished.length });
  for (const { record, failures } of unpublished) {
    log.warn('Not published; wake-due publishes it', {
      ...logFieldsOf(record),
      reasons: failures.map(({ reason }) => reason),
    });
  }
}

/**
 * The filter of the event source mapping already passes only new outbox rows. Without such a filter, a row that was
 * marked as published would be published and marked again, without end, and each dead letter would cause another one.
 */
function isNewOutboxRow({ eventName, dynamodb }: DynamoDBRecord): boolean {
  return eventName === 'INSERT' && (dynamodb?.Keys?.[ATTRIBUTE.sortKey]?.S ?? '').startsWith(SORT_KEY.outbox);
}

/** A record of an unexpected shape becomes a dead letter, where people can see it. The rest of its batch continues. */
async function outboxRecordFrom({ eventID = 'unknown', dynamodb }: DynamoDBRecord): Promise<OutboxRecord | undefined> {
  try {
    return outboxRecordOf((dynamodb?.NewImage ?? {}) as Item);
  } catch (error) {
    if (error instanceof NewerVersion) {
      log.warn('Stream record of a newer version left to wake-due of a newer release', { eventID });
      return undefined;
    }
    // Only our own error texts are kept: a library's text may quote the data that it failed on.
    const detail = error instanceof PoisonMessage ? error.message : 'The record cannot be read.';
    log.error('Stream record set aside as a dead letter', { eventID, detail });
    const message = JSON.stringify(dynamodb?.Keys ?? {});
    const letter = { subscriber: FUNCTION.relayOutbox, id: eventID, reason: 'UNREADABLE_RECORD', detail, message };
    await deadLetters.recordDeadLetter(letter, systemClock.now()).catch((failure) => {
      log.error('Dead letter not recorded', { eventID, error: failure });
    });
    return undefined;
  }
}
