import { SORT_KEY } from '#shared/names.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import type { OutboxHistory, OutboxStore } from '#shared/once/ports.ts';
import { outboxRecordOf, toItem } from './items.ts';
import { dueShardOf, outboxItemKey, partitionKeyOf } from './keys.ts';
import { CONDITION, everyItem, readItem, type Table, update } from './table.ts';

/** The row exists, is not published, and `wake-due` does not wait for it. */
const SET_ASIDE = 'attribute_exists(pk) AND attribute_not_exists(dueAt) AND attribute_not_exists(publishedAt)';

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

    async makeDue(subject, commandId, dueAt) {
      const key = outboxItemKey(subject, commandId);
      await update(table, {
        Key: toItem(key),
        UpdateExpression: 'SET dueAt = :dueAt, dueShard = :dueShard REMOVE buriedAt',
        ConditionExpression: SET_ASIDE,
        ExpressionAttributeValues: toItem({
          ':dueAt': dueAt,
          ':dueShard': dueShardOf(OUTBOX_DUE.name, key.pk, table.dueShards),
        }),
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

/** All outbox rows of a subject, for queries. */
export function outboxHistory(table: Table): OutboxHistory {
  return {
    async readOutboxOf(subject) {
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :outbox)',
        ExpressionAttributeValues: toItem({ ':pk': partitionKeyOf(subject), ':outbox': SORT_KEY.outbox }),
        ConsistentRead: true,
      });
      return items.map(outboxRecordOf);
    },
  };
}
