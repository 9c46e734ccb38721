import { INDEX } from '#shared/names.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP, DEAD_LETTER_GROUPS, groupKey, letterKind } from '#shared/once/dead-letter.ts';
import type { DeadLetterLists } from '#shared/once/ports.ts';
import { gaugeOfKind } from './gauges.ts';
import { type Item, storedStateOf, toItem } from './items.ts';
import { partitionKeyOf, stateItemKey } from './keys.ts';
import { everyItem, queryPage, readMany, shardsOf, type Table } from './table.ts';

/** The lists of dead letters: for each group and status, the shards of one kind in the index of due rows. */
export function deadLetterLists(table: Table): DeadLetterLists {
  return {
    async listGroups() {
      const { sk: begin } = stateItemKey(groupKey(''));
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :begin)',
        ExpressionAttributeValues: toItem({ ':pk': partitionKeyOf(DEAD_LETTER_GROUPS), ':begin': begin }),
        ConsistentRead: true,
      });
      return items.flatMap((item) => storedStateOf(DEAD_LETTER_GROUP, item)?.state ?? []);
    },

    gaugeOf: (status, fingerprint) => gaugeOfKind(table, letterKind(status, fingerprint)),

    async listLetters(lists, { from, to }, limit) {
      const shards = lists.flatMap(({ status, fingerprint }) => shardsOf(table, letterKind(status, fingerprint)));
      const pages = await Promise.all(
        shards.map((shard) =>
          queryPage(table, {
            IndexName: INDEX.due,
            KeyConditionExpression: 'dueShard = :shard AND dueAt BETWEEN :from AND :to',
            ExpressionAttributeValues: toItem({ ':shard': shard, ':from': from, ':to': to }),
            ProjectionExpression: 'pk, sk, dueAt',
            Limit: Math.min(limit, MOST_OF_A_PAGE) + SAME_TIME,
          }),
        ),
      );
      const entries = pages.flatMap(({ Items = [] }) => Items).sort((one, other) => dueAtOf(one) - dueAtOf(other));
      const shown = untilAnotherTime(entries, limit);
      const isLast = shown.length === entries.length && pages.every(({ LastEvaluatedKey }) => !LastEvaluatedKey);
      const rows = await rowsAt(table, shown);
      const letters = rows.flatMap((row) => storedStateOf(DEAD_LETTER, row)?.state ?? []);
      return { letters: letters.sort((one, other) => (one.openedAt < other.openedAt ? -1 : 1)), isLast };
    },
  };
}

const MOST_OF_A_PAGE = 1000;
/** Entries beyond a page that may have the time of its last entry. A page ends between two times. */
const SAME_TIME = 100;

const dueAtOf = ({ dueAt }: Item): number => Number(dueAt?.N);

/** The first `limit` entries, and those with the same time as the last of them. */
function untilAnotherTime(entries: readonly Item[], limit: number): Item[] {
  const last = entries[limit - 1];
  return last === undefined ? [...entries] : entries.filter((entry) => dueAtOf(entry) <= dueAtOf(last));
}

const rowsAt = (table: Table, entries: readonly Item[]): Promise<Item[]> =>
  readMany(
    table,
    entries.map(({ pk, sk }) => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' })),
  );
