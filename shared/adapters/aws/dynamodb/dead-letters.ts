import type { Due } from '#shared/messaging/due.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import { ATTRIBUTE, ENV } from '#shared/names.ts';
import {
  DEAD_LETTER,
  DEAD_LETTER_GROUP,
  type DeadLetterGroup,
  type DeadLetterRecord,
  deadLetterIdOf,
  deadLetterKey,
  dueOfLetter,
  GROUP_SEEN_MS,
  groupKey,
  groupSeen,
  type IdentifiedLetter,
  recorded,
} from '#shared/once/dead-letter.ts';
import { cardTextOf } from '#shared/once/letter-card.ts';
import { type DeadLetterStore, StoreUnavailable } from '#shared/once/ports.ts';
import type { LetterChange } from '#shared/once/redriven-letter.ts';
import { deadLetterLists } from './dead-letter-lists.ts';
import { earlierGauge, earlierLetters } from './earlier-dead-letters.ts';
import { together } from './gauges.ts';
import { stateItem, storedStateOf, toItem } from './items.ts';
import { stateItemKey } from './keys.ts';
import { CONDITION, readMany, type Table, update } from './table.ts';

/** Messages and rows that gave up. Each has one row, however often it was received. */
export function deadLetterStore(table: Table, release = process.env[ENV.release]): DeadLetterStore {
  const letterLists = deadLetterLists(table);
  /** When this process last wrote each group, or began to. A group is never deleted, so it still exists. */
  const groupsSeen = new Map<string, number>();
  const keepGroup = async (record: DeadLetterRecord, seenAt: number): Promise<void> => {
    const { fingerprint } = record;
    const before = groupsSeen.get(fingerprint);
    if (before !== undefined && before + GROUP_SEEN_MS > seenAt) return;
    // Known before it is written: of the messages that this process handles at the same time, one writes the group.
    if (before !== undefined) groupsSeen.set(fingerprint, seenAt);
    const seen = (group: DeadLetterGroup | undefined) => groupSeen(group, record, seenAt);
    await keepState(table, { key: groupKey(fingerprint), shape: DEAD_LETTER_GROUP }, seen);
    groupsSeen.set(fingerprint, seenAt);
  };
  /**
   * @param since epoch milliseconds: those that were opened earlier are not read. A group has been seen at the time of its
   * latest letter, or up to a second before it.
   */
  const listed = async (status: 'open' | 'redriving' | 'discarded', limit: number, subscriber: string, since = 0) => {
    const earlier = status === 'open' ? await earlierLetters(table) : [];
    const groups = (await letterLists.listGroups()).filter((group) => group.subscriber === subscriber);
    const lists = groups
      .filter(({ lastSeenAt }) => Date.parse(lastSeenAt) + GROUP_SEEN_MS >= since)
      .map(({ fingerprint }) => ({ status, fingerprint }));
    const { letters } = await letterLists.listLetters(lists, { from: since, to: Number.MAX_SAFE_INTEGER }, limit);
    const known = new Set(letters.map(deadLetterIdOf));
    const own = earlier.filter((letter) => letter.subscriber === subscriber);
    return [...letters, ...own.filter((letter) => !known.has(deadLetterIdOf(letter)))];
  };
  return {
    async recordDeadLetter(letter, seenAt) {
      // The group comes first: lists are read by group, so a letter without its group would not be seen.
      await keepGroup(recorded(undefined, letter, seenAt, release), seenAt);
      await keepLetter(table, letter, (before) => recorded(before, letter, seenAt, release));
    },

    changeDeadLetter: (id, change, known) => keepState(table, keptLetter(deadLetterKey(id)), change, known),

    async readDeadLetters(ids) {
      const rows = await readMany(
        table,
        [...new Set(ids)].map((id) => stateItemKey(deadLetterKey(id))),
      );
      const letters = rows.map((row) => storedStateOf(DEAD_LETTER, row)).filter((letter) => letter !== undefined);
      return new Map(letters.map((letter) => [deadLetterIdOf(letter.state), letter]));
    },

    async unhandledDeadLetters(limit, subscriber, since) {
      const found = new Map<string, DeadLetterRecord>();
      // A redrive moves a letter from one list to the other, and back. So the first list is read again. A person discards an open one.
      for (const status of ['open', 'redriving', 'open'] as const)
        for (const letter of await listed(status, limit, subscriber)) found.set(deadLetterIdOf(letter), letter);
      // Discarded ones stay for ever, so earlier ones are not read: they would use up the limit.
      for (const letter of await listed('discarded', limit, subscriber, since))
        found.set(deadLetterIdOf(letter), letter);
      return [...found.values()].slice(0, limit);
    },

    async openGauge() {
      const gauges = await Promise.all([
        earlierGauge(table),
        ...(await letterLists.listGroups()).map(({ fingerprint }) => letterLists.gaugeOf('open', fingerprint)),
      ]);
      return together(gauges);
    },
  };
}

/** Creates or changes the record of a dead letter. @param next undefined: nothing changes. */
export const keepLetter = (
  table: Table,
  letter: IdentifiedLetter,
  next: LetterChange,
): Promise<DeadLetterRecord | undefined> => keepState(table, keptLetter(deadLetterKey(deadLetterIdOf(letter))), next);

const keptLetter = (key: StateKey): Kept<DeadLetterRecord> => ({
  ...{ key, shape: DEAD_LETTER, dueOf: dueOfLetter },
  attributesOf: (letter) => ({ [ATTRIBUTE.letterCard]: cardTextOf(letter) }),
});

/** Several functions may record the same failure at the same time. */
const MOST_TRIES = 20;

/** @property attributesOf attributes of the row besides the state. */
type Kept<State> = {
  key: StateKey;
  shape: Shape<State>;
  dueOf?: (state: State) => Due;
  attributesOf?: (state: State) => Record<string, string>;
};

/**
 * Creates or changes a state with `UpdateItem` alone, which every function may call. It does not read first, because
 * most failures are new. A state that is only changed, and not created, is read by a write that is always refused.
 * @param next undefined: nothing changes. It is called again if the row was changed in the meantime.
 * @param known the row, if the caller has read it.
 * @returns the state after that.
 * @throws NewerVersion
 */
export async function keepState<State>(
  table: Table,
  { key, shape, dueOf, attributesOf }: Kept<State>,
  next: (before: State | undefined) => State | undefined,
  known?: StoredState<State>,
): Promise<State | undefined> {
  let before = known ?? (next(undefined) === undefined ? await refusedRead(table, key, shape) : undefined);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const state = next(before?.state);
    if (state === undefined) return before?.state;
    const schemaVersion = before?.schemaVersion ?? shape.written;
    const version = (before?.version ?? 0) + 1;
    const { pk, sk, ...ofState } = stateItem(
      key,
      { schemaVersion, version, state, due: dueOf?.(state) },
      table.dueShards,
    );
    const attributes = { ...ofState, ...toItem(attributesOf?.(state) ?? {}) };
    const names = Object.keys(attributes);
    const { item, refusal } = await update(table, {
      Key: toItem(stateItemKey(key)),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: before ? CONDITION.unchanged : CONDITION.isNew,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
        ...(before && toItem({ ':expectedVersion': before.version })),
      },
    });
    if (!refusal) return state;
    before = storedStateOf(shape, item);
  }
  throw new StoreUnavailable('The row of a dead letter is changed too often.');
}

async function refusedRead<State>(table: Table, key: StateKey, shape: Shape<State>) {
  const { item } = await update(table, {
    Key: toItem(stateItemKey(key)),
    UpdateExpression: 'SET version = version',
    ConditionExpression: `${CONDITION.exists} AND ${CONDITION.isNew}`,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return storedStateOf(shape, item);
}
