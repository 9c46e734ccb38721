import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { type Item, outboxRecordOf } from '#shared/adapters/aws/items.ts';
import { powertoolsLog } from '#shared/adapters/aws/log.ts';
import { snsPublisher } from '#shared/adapters/aws/sns-publisher.ts';
import { systemClock } from '#shared/adapters/aws/system.ts';
import { ENV } from '#shared/names.ts';
import { type PublishPorts, publishOutbox } from '#shared/once/publish.ts';
import type { OutboxRecord } from '#shared/ports.ts';

const { tableName, topicArn } = readEnvironment({ tableName: [ENV.table, 'text'], topicArn: [ENV.topic, 'text'] });

const ports: PublishPorts = {
  publisher: snsPublisher({ topicArn }),
  outbox: dynamoStore({ tableName }),
  clock: systemClock,
  log: powertoolsLog(),
};

/**
 * The fast lane: publishes outbox rows as the stream shows them. It never fails a record: a row that
 * could not be published is still due, and `wake-due` finds it in the index.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const records = event.Records.flatMap(outboxRecordFrom).filter(({ messages }) => messages.length > 0);
  const unpublished = await publishOutbox(records, ports);
  ports.log.info('Relayed', { records: records.length, unpublished: unpublished.length });
  for (const { record, failures } of unpublished) {
    ports.log.warn('Left to wake-due', { commandId: record.commandId, reasons: failures.map(({ reason }) => reason) });
  }
}

function outboxRecordFrom({ eventID, dynamodb }: DynamoDBRecord): OutboxRecord[] {
  try {
    return [outboxRecordOf((dynamodb?.NewImage ?? {}) as Item)];
  } catch (error) {
    ports.log.error('Not an outbox row; skipped', { eventID, error });
    return [];
  }
}
