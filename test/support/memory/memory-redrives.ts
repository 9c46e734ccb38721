import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { DEAD_LETTER, type DeadLetterRecord, deadLetterIdOf, deadLetterKey } from '#shared/once/dead-letter.ts';
import { cardIn, cardTextOf } from '#shared/once/letter-card.ts';
import type { DecidedRow, DecidingRow } from '#shared/once/planner.ts';
import type { OutboxRecord, StateStores } from '#shared/once/ports.ts';
import { chunkKey, REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import type { LetterReader, RedriveList, RedriveSets } from '#shared/redrive/planning-ports.ts';
import { REDRIVE } from '#shared/redrive/redrive.ts';
import type { VerdictPorts } from '#shared/redrive/verdicts.ts';
import { outboxKey, stateKey } from './memory-store.ts';

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
      const stored = await Promise.all(ids.map((id) => statesOf(DEAD_LETTER).read(deadLetterKey(id))));
      return stored.flatMap((letter) =>
        letter ? [{ ...letter.state, deadLetterId: deadLetterIdOf(letter.state) }] : [],
      );
    },
  };
}

type Rows = Pick<States, 'states'> &
  Pick<NotificationStore, 'readWithContent'> & { outbox: ReadonlyMap<string, OutboxRecord> };

/** The rows in memory that decide what messages would do. */
export const memoryDecidingRows =
  (rows: Rows): VerdictPorts['rowsAt'] =>
  (asked) =>
    Promise.all(asked.map((row) => decidedRow(row, rows)));

async function decidedRow(
  row: DecidingRow,
  { states, outbox, readWithContent }: Rows,
): Promise<(DecidedRow & { version?: number }) | undefined> {
  if ('outbox' in row) {
    const found = outbox.get(outboxKey(row.outbox, row.commandId));
    return found && (found.publishedAt === undefined ? {} : { publishedAt: found.publishedAt });
  }
  if ('record' in row) return (await readWithContent(row.record))?.content && {};
  const found = states.get(stateKey(row.state));
  const { status, reason, attempts }: Partial<Notification> & { reason?: string } = { ...(found?.stored.state ?? {}) };
  return (
    found && {
      version: found.stored.version,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(attempts && { outcomes: attempts.map(({ outcome }) => outcome) }),
    }
  );
}
