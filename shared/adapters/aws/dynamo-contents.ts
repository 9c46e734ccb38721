import { ConditionalCheckFailedException, DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ContentStore } from '#shared/ports.ts';
import type { Table } from './dynamo-table.ts';
import { storeFailure } from './failures.ts';
import { toItem } from './items.ts';
import { contentItemKey } from './keys.ts';

/** Takes contents away: the whole row, or addresses out of it. */
export function contentStore({ client, tableName: TableName }: Table): ContentStore {
  return {
    async eraseContent(key, what) {
      const Key = toItem(contentItemKey(key));
      if (what === 'all') {
        await client.send(new DeleteItemCommand({ TableName, Key })).catch(storeFailure);
        return;
      }
      if (what.length === 0) return;
      const command = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: `SET ${what.map((position) => `content.recipients[${position}] = :nobody`).join(', ')}`,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: toItem({ ':nobody': '' }),
      });
      await client.send(command).catch((error) => {
        // It was erased whole, or has expired.
        if (!(error instanceof ConditionalCheckFailedException)) storeFailure(error);
      });
    },
  };
}
