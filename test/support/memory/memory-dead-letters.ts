import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import {
  DEAD_LETTER,
  DEAD_LETTER_GROUP,
  type DeadLetterRecord,
  deadLetterIdOf,
  deadLetterKey,
  dueOfLetter,
  groupKey,
  groupSeen,
  letterKind,
  recorded,
} from '#shared/once/dead-letter.ts';
import type { DeadLetterLists, DeadLetterStore, Gauge } from '#shared/once/ports.ts';

/** Dead letters among the states in memory. */
export function memoryDeadLetters(
  states: ReadonlyMap<string, { key: StateKey }>,
  put: (key: StateKey, stored: StoredState<unknown>) => void,
  read: <State>(shape: Shape<State>, key: StateKey) => StoredState<State> | undefined,
): DeadLetterStore & DeadLetterLists {
  const next = <State>(shape: Shape<State>, before: StoredState<State> | undefined, state: State) => ({
    schemaVersion: before?.schemaVersion ?? shape.written,
    version: (before?.version ?? 0) + 1,
    state,
  });
  /** What was read of each row. A row that is written is another object. */
  const known = new WeakMap<object, DeadLetterRecord | undefined>();
  const knownOf = (row: { key: StateKey }): DeadLetterRecord | undefined => {
    if (!known.has(row)) known.set(row, read(DEAD_LETTER, row.key)?.state);
    return known.get(row);
  };
  const all = (isChosen: (letter: DeadLetterRecord) => boolean): DeadLetterRecord[] =>
    [...states.values()]
      .flatMap((row) => (row.key.type === DEAD_LETTER.name ? (knownOf(row) ?? []) : []))
      .filter(isChosen)
      .sort((one, other) => (one.openedAt < other.openedAt ? -1 : 1))
      .map((letter) => structuredClone(letter));
  const gauge = (letters: readonly DeadLetterRecord[]): Gauge => {
    const [oldest] = letters;
    return { count: letters.length, ...(oldest && { oldestDueAt: Date.parse(oldest.openedAt) }) };
  };
  const open = () => all(({ status }) => status === 'open');
  return {
    async recordDeadLetter(letter, seenAt) {
      const key = deadLetterKey(deadLetterIdOf(letter));
      const before = read(DEAD_LETTER, key);
      const record = recorded(before?.state, letter, seenAt);
      const group = groupKey(record.fingerprint);
      const groupBefore = read(DEAD_LETTER_GROUP, group);
      const seen = groupSeen(groupBefore?.state, record, seenAt);
      if (seen) put(group, next(DEAD_LETTER_GROUP, groupBefore, seen));
      put(key, { ...next(DEAD_LETTER, before, record), due: dueOfLetter(record) });
    },

    async readDeadLetters(ids) {
      const found = ids.map((id) => [id, read(DEAD_LETTER, deadLetterKey(id))] as const);
      return new Map(found.flatMap(([id, letter]) => (letter ? [[id, letter]] : [])));
    },

    async changeDeadLetter(id, change) {
      const key = deadLetterKey(id);
      const before = read(DEAD_LETTER, key);
      const record = change(before?.state);
      if (record) put(key, { ...next(DEAD_LETTER, before, record), due: dueOfLetter(record) });
      return record ?? before?.state;
    },

    async unhandledDeadLetters(limit, subscriber, since) {
      const isUnhandled = ({ status, openedAt }: DeadLetterRecord): boolean =>
        status === 'discarded' ? Date.parse(openedAt) >= since : status !== 'resolved';
      return all((letter) => letter.subscriber === subscriber && isUnhandled(letter)).slice(0, limit);
    },

    async openGauge() {
      return gauge(open());
    },

    async listGroups() {
      return [...states.values()].flatMap(({ key }) =>
        key.part?.type === DEAD_LETTER_GROUP.name ? (read(DEAD_LETTER_GROUP, key)?.state ?? []) : [],
      );
    },

    async gaugeOf(status, fingerprint) {
      return gauge(all((letter) => letter.status === status && letter.fingerprint === fingerprint));
    },

    async listLetters(lists, { from, to }, limit) {
      const kinds = new Set(lists.map(({ status, fingerprint }) => letterKind(status, fingerprint)));
      const found = all(({ status, fingerprint, openedAt }) => {
        const at = Date.parse(openedAt);
        return kinds.has(letterKind(status, fingerprint)) && at >= from && at <= to;
      });
      const last = found[limit - 1]?.openedAt;
      const letters = last === undefined ? found : found.filter(({ openedAt }) => openedAt <= last);
      return { letters, isLast: letters.length === found.length };
    },
  };
}
