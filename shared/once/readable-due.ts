import type { Clock, Log } from '#shared/messaging/system.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from './counters.ts';
import type { DueRow, DueStore, DueUnreadable, SharedDueStore } from './ports.ts';

/** Pause before an unreadable entry is read again. */
const STEP_ASIDE_MS = 60_000;

/**
 * The `due` index without the entries that this release cannot read. Most likely a newer release wrote them. Such an
 * entry is moved to a later time in the index, and nothing else in its row changes, as with a row of a newer version.
 * So even many unreadable entries do not block readable ones, and a release that can read them finds them within a
 * minute. They are counted and logged once per round, and never dropped silently.
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
        // Only as many as one round wakes. The others are skipped until a later round.
        await stepAside(unreadable.slice(0, limit), due, ports);
      }
      return found.filter((row) => !isUnreadable(row));
    },
  };
}

const isUnreadable = (row: DueRow): row is DueUnreadable => row.kind === 'unreadable';

/** An entry that cannot be moved stays at its place and is skipped, so it delays no other. */
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
