import type { OutboxStore } from '#shared/once/ports.ts';
import { outboxRecordOf, toItem } from './items.ts';
import { outboxItemKey } from './keys.ts';
import { CONDITION, readItem, type Table, update } from './table.ts';

/** The outbox rows: committed messages, and the progress of their publication. */
export function outboxStore(table: Table): OutboxStore {
  return {
    async readOutbox(subject, commandId) {
      const item = await readItem(table, outboxItemKey(subject, commandId));
      return item && outboxRecordOf(item);
    },

    async markPublished(subject, commandId, publishedAt) {
      await update(table, {
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET publishedAt = :publishedAt REMOVE dueAt, dueShard, failures',
        ConditionExpression: CONDITION.exists,
        ExpressionAttributeValues: toItem({ ':publishedAt': publishedAt }),
      });
    },

    async bury(subject, commandId, buriedAt) {
      await update(table, {
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET buriedAt = :buriedAt REMOVE dueAt, dueShard',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':buriedAt': buriedAt }),
      });
    },

    async postpone(subject, commandId, dueAt, failures) {
      await update(table, {
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: failures === undefined ? 'SET dueAt = :dueAt' : 'SET dueAt = :dueAt, failures = :failures',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt, ':failures': failures }),
      });
    },
  };
}
