import { INDEX } from '#shared/names.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import type { Gauge } from '#shared/once/ports.ts';
import { type Item, toItem } from './items.ts';
import { type Query, queryPage, readItem, shardsOf, type Table } from './table.ts';

/**
 * How many rows of a kind are in the index of due rows, and since when the oldest is due. A few calls count a shard, at most
 * a megabyte of entries each: so it takes the same time for any number, and a very large number is shown as a smaller one.
 */
export async function gaugeOfKind(table: Table, kind: string): Promise<Gauge> {
  return together(await Promise.all(shardsOf(table, kind).map((shard) => gaugeOfShard(table, shard))));
}

/** One gauge for all. */
export function together(gauges: readonly Gauge[]): Gauge {
  const oldest = gauges.flatMap(({ oldestDueAt }) => oldestDueAt ?? []);
  const count = gauges.reduce((sum, gauge) => sum + gauge.count, 0);
  return { count, ...(oldest.length > 0 && { oldestDueAt: Math.min(...oldest) }) };
}

async function gaugeOfShard(table: Table, shard: string): Promise<Gauge> {
  const query = entriesOf(shard);
  const { Items: [oldest] = [] } = await queryPage(table, { ...query, Limit: 1 });
  if (!oldest) return { count: 0 };
  const pages = await firstPages(table, { ...query, Select: 'COUNT' });
  const count = pages.reduce((sum, { Count = 0 }) => sum + Count, 0);
  return { count, oldestDueAt: Number(oldest.dueAt?.N) };
}

/** Pages of a shard that are counted at most: about 8,000 entries with the card of a dead letter, and more without. */
const MOST_PAGES = 3;

async function firstPages(table: Table, query: Query) {
  const pages: { Count?: number | undefined }[] = [];
  let after: Item | undefined;
  do {
    const page = await queryPage(table, { ...query, ...(after && { ExclusiveStartKey: after }) });
    pages.push(page);
    after = page.LastEvaluatedKey;
  } while (after && pages.length < MOST_PAGES);
  return pages;
}

/** Entries of one shard that are counted at most. A thousand keys are a tenth of the megabyte that one call reads. */
const MOST_OF_SHARD = 1000;

/** Counts at most a thousand entries of each shard, with one call for each. So its cost is bounded for any number. */
export async function cappedGaugeOfKind(table: Table, kind: string): Promise<Gauge & { isCapped: boolean }> {
  const shards = await Promise.all(
    shardsOf(table, kind).map(async (shard) => {
      const { Items = [], LastEvaluatedKey } = await queryPage(table, { ...entriesOf(shard), Limit: MOST_OF_SHARD });
      const [oldest] = Items;
      return {
        count: Items.length,
        isCapped: LastEvaluatedKey !== undefined,
        ...(oldest && { oldestDueAt: Number(oldest.dueAt?.N) }),
      };
    }),
  );
  return { ...together(shards), isCapped: shards.some(({ isCapped }) => isCapped) };
}

/** Rows that are read at most to see their channels, and those that are read at once. */
const MOST_ROWS = 100;
const READS_AT_ONCE = 10;

/** How many notifications of a kind each channel has, of the oldest hundred. So its cost is bounded for any number. */
export async function channelsOfKind(table: Table, kind: string): Promise<Record<string, number>> {
  const shards = await Promise.all(
    shardsOf(table, kind).map((shard) => queryPage(table, { ...entriesOf(shard), Limit: MOST_ROWS })),
  );
  const oldestFirst = shards
    .flatMap(({ Items = [] }) => Items)
    .sort((one, other) => Number(one.dueAt?.N) - Number(other.dueAt?.N));
  const keys = oldestFirst.slice(0, MOST_ROWS).map(({ pk, sk }) => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' }));
  const counts: Record<string, number> = {};
  for (const item of await inParallel(keys, READS_AT_ONCE, (key) => readItem(table, key))) {
    const channel = item?.state?.M?.channel?.S;
    if (channel !== undefined) counts[channel] = (counts[channel] ?? 0) + 1;
  }
  return counts;
}

const entriesOf = (shard: string) => ({
  IndexName: INDEX.due,
  KeyConditionExpression: 'dueShard = :shard',
  ExpressionAttributeValues: toItem({ ':shard': shard }),
});
