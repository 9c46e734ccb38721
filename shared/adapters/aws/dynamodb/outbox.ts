import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { OutboxStore } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { outboxRecordOf, toItem } from './items.ts';
import { outboxItemKey } from './keys.ts';
import { CONDITION, type Table, updateUnlessRefused } from './table.ts';

/** The outbox rows: committed messages, and the progress of their publication. */
export function outboxStore({ client, tableName: TableName }: Table): OutboxStore {
  return {
    async readOutbox(subject, commandId) {
      const Key = toItem(outboxItemKey(subject, commandId));
      const { Item } = await client
        .send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        .catch(storeFailure);
      return Item && outboxRecordOf(Item);
    },

    async markPublished(subject, commandId, publishedAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET publishedAt = :publishedAt REMOVE dueAt, dueShard, failures',
        ConditionExpression: CONDITION.exists,
        ExpressionAttributeValues: toItem({ ':publishedAt': publishedAt }),
      });
    },

    async bury(subject, commandId, buriedAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET buriedAt = :buriedAt REMOVE dueAt, dueShard',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':buriedAt': buriedAt }),
      });
    },

    async postpone(subject, commandId, dueAt, failures) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: failures === undefined ? 'SET dueAt = :dueAt' : 'SET dueAt = :dueAt, failures = :failures',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt, ':failures': failures }),
      });
    },
  };
}
