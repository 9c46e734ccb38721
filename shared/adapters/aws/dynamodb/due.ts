import { paginateQuery, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { INDEX } from '#shared/names.ts';
import type { DueRow, Gauge, SharedDueStore } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { dueRowOf, type Item, toItem } from './items.ts';
import { stateItemKey } from './keys.ts';
import { CONDITION, shardsOf, type Table, updateUnlessRefused } from './table.ts';

/** The index of due rows: which rows have to be processed, and when. */
export function dueStore({ client, tableName: TableName }: Table): SharedDueStore {
  return {
    async due(kind, now, limit) {
      const shards = await Promise.all(
        shardsOf(kind).map((shard) => dueOnShard(shard, now, limit, { client, tableName: TableName })),
      );
      const rows = shards.flat().sort((one, other) => one.dueAt - other.dueAt);
      return [...rows.filter(isReadable).slice(0, limit), ...rows.filter((row) => !isReadable(row))];
    },

    async stepAside({ entry, dueAt: seen }, dueAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(JSON.parse(entry)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: `${CONDITION.stillDue} AND dueAt = :seen`,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt, ':seen': seen }),
      });
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

/** Most pages of one shard that one round reads if unreadable entries come before the readable ones. */
const MOST_PAGES = 10;

const isReadable = ({ kind }: DueRow): boolean => kind !== 'unreadable';

/** Reads entries of a shard until `limit` of them are readable. If all entries are readable, that is one page. */
async function dueOnShard(
  shard: string,
  now: number,
  limit: number,
  { client, tableName: TableName }: Table,
): Promise<DueRow[]> {
  const rows: DueRow[] = [];
  let after: Item | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = new QueryCommand({
      TableName,
      IndexName: INDEX.due,
      KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
      ExpressionAttributeValues: toItem({ ':shard': shard, ':now': now }),
      Limit: limit,
      ...(after && { ExclusiveStartKey: after }),
    });
    const { Items = [], LastEvaluatedKey } = await client.send(query).catch(storeFailure);
    rows.push(...Items.map(dueRowOf));
    if (!LastEvaluatedKey || rows.filter(isReadable).length >= limit) break;
    after = LastEvaluatedKey;
  }
  return rows;
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
