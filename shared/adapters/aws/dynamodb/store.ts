import type { ObjectionStore } from '#shared/delivery/ports.ts';
import type { ContentStore, NotificationStore, OutcomeStore } from '#shared/notification/ports.ts';
import type {
  DeadLetterLists,
  DeadLetterStore,
  DueStore,
  OnceStore,
  OutboxStore,
  StateStores,
} from '#shared/once/ports.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';
import { contentStore } from './contents.ts';
import { deadLetterLists } from './dead-letter-lists.ts';
import { deadLetterStore } from './dead-letters.ts';
import { dueIndex } from './due.ts';
import { notificationStore } from './notifications.ts';
import { objectionStore } from './objections.ts';
import { onceStore } from './once.ts';
import { outboxStore } from './outbox.ts';
import { outcomeStore } from './outcomes.ts';
import { stateStore } from './states.ts';
import { suppressionStore } from './suppressions.ts';
import type { Table } from './table.ts';

export type DynamoStore = OnceStore &
  NotificationStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  DeadLetterLists &
  OutcomeStore &
  SuppressionStore &
  ObjectionStore &
  ContentStore &
  StateStores;

/**
 * All stores of the table in one object, for callers whose start-up time does not matter. A function imports only the
 * stores that it needs.
 */
export function dynamoStore(table: Table): DynamoStore {
  const index = dueIndex(table);
  return {
    ...onceStore(table),
    ...notificationStore(table),
    ...outboxStore(table),
    ...index,
    /** Without the entries that this release cannot read. Only `wake-due` moves those: see `readable-due.ts`. */
    due: async (...asked) => (await index.entriesDue(...asked)).rows,
    ...deadLetterStore(table),
    ...deadLetterLists(table),
    ...outcomeStore(table),
    ...suppressionStore(table),
    ...objectionStore(table),
    ...contentStore(table),
    statesOf: (shape) => stateStore(table, shape),
  };
}
