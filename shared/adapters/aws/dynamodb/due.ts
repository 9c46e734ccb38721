import { paginateQuery, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEX } from '#shared/names.ts';
import type { DueKind, DueRow } from '#shared/once/due.ts';
import type { DueEntries, DueIndex, Gauge } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { type Item, toItem } from './items.ts';
import { type ItemKey, rowNameOf, stateItemKey } from './keys.ts';
import { CONDITION, shardsOf, type Table, updateUnlessRefused } from './table.ts';

/** The index of due rows: which rows have to be processed, and when. */
export function dueIndex({ client, tableName: TableName }: Table): DueIndex {
  return {
    async entriesDue(kind, now, limit) {
      const shards = await Promise.all(
        shardsOf(kind.name).map((shard) => dueOnShard({ shard, kind, now, limit }, { client, tableName: TableName })),
      );
      const rows = shards.flatMap((entries) => entries.rows);
      const unreadable = shards.flatMap((entries) => entries.unreadable);
      return { rows: rows.sort(oldestFirst).slice(0, limit), unreadable: unreadable.sort(oldestFirst) };
    },

    async postponeEntry({ entry, dueAt: seen }, dueAt) {
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

    async gauge(kindName) {
      const gauges = await Promise.all(
        shardsOf(kindName).map((shard) => gaugeOfShard({ client, tableName: TableName }, shard)),
      );
      const oldest = gauges.map(({ oldestDueAt }) => oldestDueAt).filter((dueAt) => dueAt !== undefined);
      const count = gauges.reduce((sum, gauge) => sum + gauge.count, 0);
      return oldest.length === 0 ? { count } : { count, oldestDueAt: Math.min(...oldest) };
    },
  };
}

/** Most pages of one shard that one round reads if unreadable entries come before the readable ones. */
const MOST_PAGES = 10;

const oldestFirst = (one: DueRow, other: DueRow): number => one.dueAt - other.dueAt;

type ShardQuery<Row extends DueRow> = { shard: string; kind: DueKind<Row>; now: number; limit: number };

/** Reads entries of a shard until `limit` of them are readable. If all entries are readable, that is one page. */
async function dueOnShard<Row extends DueRow>(
  { shard, kind, now, limit }: ShardQuery<Row>,
  { client, tableName: TableName }: Table,
): Promise<DueEntries<Row>> {
  const found: DueEntries<Row> = { rows: [], unreadable: [] };
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
    for (const item of Items) addEntry(item, kind, found);
    if (!LastEvaluatedKey || found.rows.length >= limit) break;
    after = LastEvaluatedKey;
  }
  return found;
}

function addEntry<Row extends DueRow>(item: Item, kind: DueKind<Row>, { rows, unreadable }: DueEntries<Row>): void {
  const { pk, sk, dueAt } = unmarshall(item) as ItemKey & DueRow;
  const name = rowNameOf({ pk, sk });
  const row = name && kind.rowOf({ ...name, kind: kind.name, dueAt });
  if (row) rows.push(row);
  else unreadable.push({ dueAt, entry: JSON.stringify({ pk, sk }) });
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
