import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { DEAD_LETTER_KIND } from '#shared/once/due.ts';
import { DEAD_LETTER, type DeadLetterStore } from '#shared/once/ports.ts';
import { type Item, openDeadLetterOf, toItem } from './items.ts';
import { deadLetterItemKey, dueShardOf } from './keys.ts';
import { CONDITION, dueQuery, queryPage, readItem, shardsOf, type Table, typed, update } from './table.ts';

/** The row does not record a later time than ours. */
const IS_LATEST = 'attribute_not_exists(lastSeenAt) OR lastSeenAt <= :seenAt';

/** Messages that could not be handled. Each has one row, however often it was received. */
export function deadLetterStore(table: Table): DeadLetterStore {
  return {
    async recordDeadLetter({ subscriber, id, reason, detail, message }, seenAt) {
      const key = deadLetterItemKey(subscriber, id);
      const { ExpressionAttributeNames, ExpressionAttributeValues } = typed(DEAD_LETTER, {
        ':reason': reason,
        ':detail': detail,
        ':message': message,
        ':one': 1,
        ':seenAt': new Date(seenAt).toISOString(),
        ':dueAt': seenAt,
        ':dueShard': dueShardOf(DEAD_LETTER_KIND, key.sk),
      });
      const record = (lastSeenAt: string, condition: string) =>
        update(table, {
          Key: toItem(key),
          UpdateExpression: `SET reason = :reason, detail = :detail, lastSeenAt = ${lastSeenAt}, #type = :type, ${
            message === undefined ? '' : 'message = :message, '
          }schemaVersion = if_not_exists(schemaVersion, :written), firstSeenAt = if_not_exists(firstSeenAt, :seenAt), dueAt = if_not_exists(dueAt, :dueAt), dueShard = :dueShard ADD #count :one`,
          ConditionExpression: condition,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ExpressionAttributeNames: { ...ExpressionAttributeNames, '#count': 'count' },
          ExpressionAttributeValues,
        });
      const { item, refusal } = await record(':seenAt', `${CONDITION.isReadable} AND (${IS_LATEST})`);
      if (!refusal) return;
      if (!isReadableDeadLetter(item)) throw newerDeadLetter(refusal);
      // The row records a later time. It keeps that time, because an older one would make the letter look settled.
      const older = await record('if_not_exists(lastSeenAt, :seenAt)', CONDITION.isReadable);
      if (older.refusal) throw newerDeadLetter(older.refusal);
    },

    async openDeadLetters(limit) {
      const pages = await Promise.all(
        shardsOf(DEAD_LETTER_KIND).map((shard) => queryPage(table, dueQuery(shard, Number.MAX_SAFE_INTEGER, limit))),
      );
      const dueAt = (item: Item): number => Number(item.dueAt?.N);
      const entries = pages.flatMap(({ Items = [] }) => Items).sort((one, other) => dueAt(one) - dueAt(other));
      const rows = await Promise.all(
        entries.slice(0, limit).map(({ pk, sk }) => readItem(table, { pk: pk?.S ?? '', sk: sk?.S ?? '' })),
      );
      return rows.filter((row) => row !== undefined).map(openDeadLetterOf);
    },
  };
}

const isReadableDeadLetter = (item: Item | undefined): boolean =>
  Number(item?.schemaVersion?.N ?? 0) <= DEAD_LETTER.readable;

const newerDeadLetter = (cause: unknown): NewerVersion =>
  new NewerVersion('A newer release has recorded this dead letter.', { cause });
