import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INDEX } from '#shared/names.ts';
import type { DueKind, DueRow } from '#shared/once/due.ts';
import type { DueEntries, DueIndex, Gauge } from '#shared/once/ports.ts';
import { type Item, toItem } from './items.ts';
import { type ItemKey, rowNameOf, stateItemKey } from './keys.ts';
import { CONDITION, dueQuery, queryPage, queryPages, shardsOf, type Table, update } from './table.ts';

/** The index of due rows: which rows have to be processed, and when. */
export function dueIndex(table: Table): DueIndex {
  return {
    async entriesDue(kind, now, limit) {
      const shards = await Promise.all(
        shardsOf(kind.name).map((shard) => dueOnShard({ shard, kind, now, limit }, table)),
      );
      const rows = shards.flatMap((entries) => entries.rows);
      const unreadable = shards.flatMap((entries) => entries.unreadable);
      return { rows: rows.sort(oldestFirst).slice(0, limit), unreadable: unreadable.sort(oldestFirst) };
    },

    async postponeEntry({ entry, dueAt: seen }, dueAt) {
      await update(table, {
        Key: toItem(JSON.parse(entry)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: `${CONDITION.stillDue} AND dueAt = :seen`,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt, ':seen': seen }),
      });
    },

    async postponeDue(key, dueAt) {
      await update(table, {
        Key: toItem(stateItemKey(key)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt }),
      });
    },

    async gauge(kindName) {
      const gauges = await Promise.all(shardsOf(kindName).map((shard) => gaugeOfShard(table, shard)));
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
  table: Table,
): Promise<DueEntries<Row>> {
  const found: DueEntries<Row> = { rows: [], unreadable: [] };
  let after: Item | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = { ...dueQuery(shard, now, limit), ...(after && { ExclusiveStartKey: after }) };
    const { Items = [], LastEvaluatedKey } = await queryPage(table, query);
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

async function gaugeOfShard(table: Table, shard: string): Promise<Gauge> {
  const query = {
    IndexName: INDEX.due,
    KeyConditionExpression: 'dueShard = :shard',
    ExpressionAttributeValues: toItem({ ':shard': shard }),
  };
  const { Items: [oldest] = [] } = await queryPage(table, { ...query, Limit: 1 });
  if (!oldest) return { count: 0 };
  const pages = await queryPages(table, { ...query, Select: 'COUNT' });
  const count = pages.reduce((sum, { Count = 0 }) => sum + Count, 0);
  return { count, oldestDueAt: Number(oldest.dueAt?.N) };
}
