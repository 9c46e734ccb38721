import { paginateQuery, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { INDEX } from '#shared/names.ts';
import type { DueStore, Gauge } from '#shared/ports.ts';
import { CONDITION, oldestInIndex, shardsOf, type Table, updateUnlessRefused } from './dynamo-table.ts';
import { storeFailure } from './failures.ts';
import { dueRowOf, toItem } from './items.ts';
import { stateItemKey } from './keys.ts';

/** What has to be looked at, and when: the index of due rows. */
export function dueStore({ client, tableName: TableName }: Table): DueStore {
  return {
    async due(kind, now, limit) {
      const entries = await oldestInIndex(client, TableName, kind, now, limit);
      return entries.map(dueRowOf).filter((row) => row !== undefined);
    },

    async postponeDue(key, dueAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(stateItemKey(key)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt }),
      });
    },

    async gauge(kind) {
      const gauges = await Promise.all(
        shardsOf(kind).map((shard) => gaugeOfShard({ client, tableName: TableName }, shard)),
      );
      const oldest = gauges.map(({ oldestDueAt }) => oldestDueAt).filter((dueAt) => dueAt !== undefined);
      const count = gauges.reduce((sum, gauge) => sum + gauge.count, 0);
      return oldest.length === 0 ? { count } : { count, oldestDueAt: Math.min(...oldest) };
    },
  };
}

async function gaugeOfShard({ client, tableName: TableName }: Table, shard: string): Promise<Gauge> {
  const query: QueryCommandInput = {
    TableName,
    IndexName: INDEX.due,
    KeyConditionExpression: 'dueShard = :shard',
    ExpressionAttributeValues: toItem({ ':shard': shard }),
  };
  const { Items: [oldest] = [] } = await client.send(new QueryCommand({ ...query, Limit: 1 })).catch(storeFailure);
  if (!oldest) return { count: 0 };
  let count = 0;
  try {
    for await (const page of paginateQuery({ client }, { ...query, Select: 'COUNT' })) count += page.Count ?? 0;
  } catch (error) {
    storeFailure(error);
  }
  return { count, oldestDueAt: Number(oldest.dueAt?.N) };
}
