import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DueKind, DueRow } from '#shared/once/due.ts';
import type { DueEntries, DueIndex } from '#shared/once/ports.ts';
import { gaugeOfKind } from './gauges.ts';
import { type Item, toItem } from './items.ts';
import { type ItemKey, rowNameOf, stateItemKey } from './keys.ts';
import { CONDITION, dueQuery, queryPage, shardsOf, type Table, update } from './table.ts';

/** The index of due rows: which rows have to be processed, and when. */
export function dueIndex(table: Table): DueIndex {
  return {
    async entriesDue(kind, now, limit, from = 0) {
      // DynamoDB refuses such a range.
      if (from > now) return { rows: [], unreadable: [] };
      const shards = await Promise.all(
        shardsOf(table, kind.name).map((shard) => dueOnShard({ shard, kind, from, now, limit }, table)),
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

    gauge: (kind) => gaugeOfKind(table, kind),
  };
}

/** Most pages of one shard that one round reads if unreadable entries come before the readable ones. */
const MOST_PAGES = 10;

const oldestFirst = (one: DueRow, other: DueRow): number => one.dueAt - other.dueAt;

type ShardQuery<Row extends DueRow> = { shard: string; kind: DueKind<Row>; from: number; now: number; limit: number };

/** Reads entries of a shard until `limit` of them are readable. If all entries are readable, that is one page. */
async function dueOnShard<Row extends DueRow>(
  { shard, kind, from, now, limit }: ShardQuery<Row>,
  table: Table,
): Promise<DueEntries<Row>> {
  const found: DueEntries<Row> = { rows: [], unreadable: [] };
  let after: Item | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const query = { ...dueQuery(shard, now, limit, from), ...(after && { ExclusiveStartKey: after }) };
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
