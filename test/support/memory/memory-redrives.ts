import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { DEAD_LETTER, type DeadLetterRecord, deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { cardIn, cardTextOf } from '#shared/once/letter-card.ts';
import type { OutboxRecord, StateStores } from '#shared/once/ports.ts';
import { chunkKey, REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import type { LetterReader, RedriveList, RedriveSets } from '#shared/redrive/planning-ports.ts';
import { REDRIVE } from '#shared/redrive/redrive.ts';
import type { VerdictPorts } from '#shared/redrive/verdicts.ts';

type States = StateStores & { states: ReadonlyMap<string, { key: StateKey; stored: StoredState<unknown> }> };

/** The redrives in memory. */
export function memoryRedriveList({ states, statesOf }: States): RedriveList {
  return {
    async listRedrives() {
      const keys = [...states.values()].flatMap(({ key }) => (key.part?.type === REDRIVE.name ? key : []));
      const redrives = await Promise.all(keys.map((key) => statesOf(REDRIVE).read(key)));
      return redrives.flatMap((stored) => stored?.state ?? []);
    },
  };
}

/** The frozen sets in memory. They do not expire. */
export function memoryRedriveSets({ statesOf }: StateStores): RedriveSets {
  const chunks = statesOf(REDRIVE_CHUNK);
  return {
    async writeSet(set, texts) {
      for (const [index, members] of texts.entries()) {
        const stored = { schemaVersion: REDRIVE_CHUNK.written, version: 1, state: { set, index, members } };
        await chunks.replace(chunkKey(set, index), 0, stored);
      }
    },

    async readChunks(set, first, count) {
      const indexes = Array.from({ length: count }, (_, index) => first + index);
      const found = await Promise.all(indexes.map((index) => chunks.read(chunkKey(set, index))));
      return found.flatMap((stored) => stored?.state ?? []);
    },
  };
}

/** The dead letters in memory. */
export function memoryLetterReader({ states, statesOf }: States): LetterReader {
  const all = async (): Promise<DeadLetterRecord[]> => {
    const keys = [...states.values()].flatMap(({ key }) => (key.type === DEAD_LETTER.name ? key : []));
    const letters = await Promise.all(keys.map((key) => statesOf(DEAD_LETTER).read(key)));
    return letters.flatMap((stored) => stored?.state ?? []);
  };
  return {
    async lettersIn({ status, fingerprint }, { from, to }) {
      return (await all())
        .filter((letter) => letter.status === status && letter.fingerprint === fingerprint)
        .map((letter) => {
          const openedAt = Date.parse(letter.openedAt);
          const card = cardIn(cardTextOf(letter), openedAt);
          return { deadLetterId: deadLetterIdOf(letter), openedAt, ...(card && { card }) };
        })
        .filter(({ openedAt }) => openedAt >= from && openedAt <= to);
    },

    async lettersAt(ids) {
      const wanted = new Set(ids);
      const letters = (await all()).map((letter) => ({ ...letter, deadLetterId: deadLetterIdOf(letter) }));
      return letters.filter(({ deadLetterId }) => wanted.has(deadLetterId));
    },
  };
}

type Rows = Pick<States, 'states'> & { outbox: ReadonlyMap<string, OutboxRecord> };

/** The rows in memory that decide what messages would do. */
export const memoryDecidingRows =
  ({ states, outbox }: Rows): VerdictPorts['rowsAt'] =>
  async (rows) =>
    rows.map((row) => {
      if ('outbox' in row)
        return [...outbox.values()].some(
          ({ subject, commandId }) =>
            commandId === row.commandId && subject.id === row.outbox.id && subject.tenant === row.outbox.tenant,
        )
          ? {}
          : undefined;
      const found = [...states.values()].find(({ key }) => isSame(key, row.state));
      const state: { status?: string } = { ...(found?.stored.state ?? {}) };
      return found && { ...(state.status !== undefined && { status: state.status }) };
    });

const isSame = (one: StateKey, other: StateKey): boolean =>
  one.tenant === other.tenant && one.type === other.type && one.id === other.id && one.part?.id === other.part?.id;
