import { COUNTER } from '#shared/names.ts';
import type { Clock, DueRow, DueStore, DueUnreadable, Log, SharedDueStore } from '#shared/ports.ts';
import type { Counters } from './counters.ts';

/** Pause before an entry that cannot be read is looked at again. */
const STEP_ASIDE_MS = 60_000;

/**
 * The index of what is due, as far as this release can read it. Entries that it cannot read (a newer release wrote them,
 * most likely) step aside: their place in the index moves and nothing else of their rows changes, as with a row of a
 * newer version. So they never stand before an entry that can be read, however many they are, and the release that can
 * read them finds them within a minute. They are counted and logged once a round, never dropped without a word.
 */
export function readableDue(
  due: SharedDueStore,
  ports: { clock: Clock; log: Log; counters: Pick<Counters, 'count'> },
): DueStore {
  return {
    ...due,
    async due(kind, now, limit) {
      const found = await due.due(kind, now, limit);
      const unreadable = found.filter(isUnreadable);
      if (unreadable.length > 0) {
        ports.log.warn('Entries of the due index that this release cannot read step aside', {
          due: kind,
          entries: unreadable.length,
        });
        await ports.counters.count(COUNTER.dueUnreadable, unreadable.length);
        // As many as rows are woken in a round: the rest is passed by until its turn comes.
        await stepAside(unreadable.slice(0, limit), due, ports);
      }
      return found.filter((row) => !isUnreadable(row));
    },
  };
}

const isUnreadable = (row: DueRow): row is DueUnreadable => row.kind === 'unreadable';

/** One that cannot be moved stays where it is and is passed by: it delays no other. */
async function stepAside(
  rows: readonly DueUnreadable[],
  due: SharedDueStore,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const until = clock.now() + STEP_ASIDE_MS;
  const moved = await Promise.allSettled(rows.map((row) => due.stepAside(row, until)));
  const failures = moved.filter((one) => one.status === 'rejected');
  if (failures.length > 0)
    log.error('Entries of the due index not moved', { entries: failures.length, error: failures[0]?.reason });
}
