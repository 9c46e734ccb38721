import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { CONTENT } from '#shared/notification/content.ts';
import type { ContentStore } from '#shared/notification/ports.ts';
import { storeFailure } from './failures.ts';
import { contentOf, toItem } from './items.ts';
import { contentItemKey } from './keys.ts';
import { type Table, update } from './table.ts';

/** The row stores its addresses in the attribute that this release knows. */
const IS_READABLE = 'attribute_exists(pk) AND schemaVersion <= :readable AND attribute_type(content.recipients, :list)';

/** Erases contents: the whole row, or single addresses in it. */
export function contentStore(table: Table): ContentStore {
  const { client, tableName: TableName } = table;
  return {
    async eraseContent(key, what) {
      const Key = toItem(contentItemKey(key));
      if (what === 'all') {
        await client.send(new DeleteItemCommand({ TableName, Key })).catch(storeFailure);
        return;
      }
      if (what.length === 0) return;
      const { item, refusal } = await update(table, {
        Key,
        UpdateExpression: `SET ${what.map((position) => `content.recipients[${position}] = :erased`).join(', ')}`,
        ConditionExpression: IS_READABLE,
        ExpressionAttributeValues: toItem({ ':erased': '', ':readable': CONTENT.readable, ':list': 'L' }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      if (!refusal || !item) return;
      contentOf(item);
      throw new PoisonMessage('MALFORMED', 'The content row holds no list of recipients.');
    },
  };
}
