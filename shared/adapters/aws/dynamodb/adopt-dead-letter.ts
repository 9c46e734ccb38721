import { DEAD_LETTER_GROUP, groupKey, groupSeen, recorded } from '#shared/once/dead-letter.ts';
import type { DueEarlierLetter } from '#shared/once/due.ts';
import type { Waker } from '#shared/once/wake.ts';
import { keepLetter, keepState } from './dead-letters.ts';
import { earlierLetterOf } from './earlier-dead-letters.ts';
import { toItem } from './items.ts';
import { deadLetterItemKey } from './keys.ts';
import { readItem, type Table, update } from './table.ts';

/**
 * Records the dead letters of earlier releases again in the form of this release. The new record is written first, so
 * that a crash in between repeats the step and loses nothing.
 */
export const earlierLetterWaker =
  (table: Table): Waker<DueEarlierLetter> =>
  async (rows) => {
    for (const row of rows) await adopt(row, table);
  };

async function adopt({ subscriber, id }: DueEarlierLetter, table: Table): Promise<void> {
  const key = deadLetterItemKey(subscriber, id);
  const item = await readItem(table, key);
  if (!item) return;
  const earlier = earlierLetterOf(item);
  const seenAt = Date.parse(earlier.lastSeenAt);
  const shape = { key: groupKey(earlier.fingerprint), shape: DEAD_LETTER_GROUP };
  await keepState(table, shape, (group) => groupSeen(group, earlier, seenAt));
  await keepLetter(table, earlier, (before) => {
    if (!before) return earlier;
    // It was moved before, or a function of this release has recorded it since.
    return before.lastSeenAt >= earlier.lastSeenAt ? undefined : recorded(before, earlier, seenAt);
  });
  await update(table, {
    Key: toItem(key),
    UpdateExpression: 'REMOVE dueAt, dueShard',
    ConditionExpression: 'lastSeenAt = :lastSeenAt',
    ExpressionAttributeValues: toItem({ ':lastSeenAt': earlier.lastSeenAt }),
  });
}
