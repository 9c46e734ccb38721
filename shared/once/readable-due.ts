import type { Clock, Log } from '#shared/messaging/system.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from './counters.ts';
import type { DueIndex, DueStore, DueUnreadable } from './ports.ts';

/** Pause before an unreadable entry is read again. */
const PAUSE_MS = 60_000;

/**
 * The `due` index without the entries that this release cannot read. Most likely a newer release wrote them. Such an
 * entry is moved to a later time in the index, and nothing else in its row changes, as with a row of a newer version.
 * So even many unreadable entries do not block readable ones, and a release that can read them finds them within a
 * minute. They are counted and logged once per round, and never dropped silently.
 */
export function readableDue(
  index: DueIndex,
  ports: { clock: Clock; log: Log; counters: Pick<Counters, 'count'> },
): DueStore {
  return {
    async due(kind, now, limit, from) {
      const { rows, unreadable } = await index.entriesDue(kind, now, limit, from);
      if (unreadable.length > 0) {
        ports.log.warn('Entries of the due index postponed: this release cannot read them', {
          due: kind.name,
          entries: unreadable.length,
        });
        await ports.counters.count(COUNTER.dueUnreadable, unreadable.length);
        // Only as many as one round wakes. The others are skipped until a later round.
        await postponeEntries(unreadable.slice(0, limit), index, ports);
      }
      return rows;
    },
    postponeDue: index.postponeDue,
    gauge: index.gauge,
  };
}

/** An entry that cannot be moved stays at its place and is skipped, so it delays no other. */
async function postponeEntries(
  entries: readonly DueUnreadable[],
  index: DueIndex,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const until = clock.now() + PAUSE_MS;
  const moved = await Promise.allSettled(entries.map((entry) => index.postponeEntry(entry, until)));
  const failures = moved.filter((one) => one.status === 'rejected');
  if (failures.length > 0)
    log.error('Entries of the due index not postponed', { entries: failures.length, error: failures[0]?.reason });
}
