import type {
  ContentStore,
  DeadLetterStore,
  DueStore,
  NotificationStore,
  ObjectionStore,
  OnceStore,
  OutboxStore,
  OutcomeStore,
  SuppressionStore,
} from '#shared/ports.ts';
import { contentStore } from './dynamo-contents.ts';
import { deadLetterStore } from './dynamo-dead-letters.ts';
import { dueStore } from './dynamo-due.ts';
import { notificationStore } from './dynamo-notifications.ts';
import { objectionStore } from './dynamo-objections.ts';
import { onceStore } from './dynamo-once.ts';
import { outboxStore } from './dynamo-outbox.ts';
import { outcomeStore } from './dynamo-outcomes.ts';
import { suppressionStore } from './dynamo-suppressions.ts';
import type { Table } from './dynamo-table.ts';

export type DynamoStore = OnceStore &
  NotificationStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  OutcomeStore &
  SuppressionStore &
  ObjectionStore &
  ContentStore;

/**
 * All stores of the table in one object, for callers whose start-up time does not matter. A function imports only the
 * stores that it needs.
 */
export function dynamoStore(table: Table): DynamoStore {
  return {
    ...onceStore(table),
    ...notificationStore(table),
    ...outboxStore(table),
    ...dueStore(table),
    ...deadLetterStore(table),
    ...outcomeStore(table),
    ...suppressionStore(table),
    ...objectionStore(table),
    ...contentStore(table),
  };
}
