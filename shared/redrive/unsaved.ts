import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import type { RedriveChunk } from './members.ts';
import { FIRST_PROGRESS, type Redrive, type RedriveCounts } from './redrive.ts';
import { chunkOf } from './window.ts';

/** The chunks of one worker. What it has changed is stored later, with the changes of several pages together. */
export type BufferedChunks = StateStore<RedriveChunk> & {
  /** @throws StoreUnavailable if another worker has changed one of them. */
  flush(): Promise<void>;
  /** What was not stored is read again from the dead letters. */
  forget(): void;
};

const WRITES_AT_ONCE = 10;

type Changed = { key: StateKey; storedVersion: number; next: StoredState<RedriveChunk> };

export function bufferedChunks(store: StateStore<RedriveChunk>): BufferedChunks {
  const changed = new Map<string, Changed>();
  return {
    read: async (key) => changed.get(key.id)?.next ?? store.read(key),
    async replace(key, expectedVersion, next) {
      const { storedVersion } = changed.get(key.id) ?? { storedVersion: expectedVersion };
      changed.set(key.id, { key, storedVersion, next });
      return { kind: 'replaced' };
    },
    async flush() {
      await inParallel([...changed], WRITES_AT_ONCE, async ([id, { key, storedVersion, next }]) => {
        const result = await store.replace(key, storedVersion, { ...next, version: storedVersion + 1 });
        changed.delete(id);
        if (result.kind === 'conflict') throw new StoreUnavailable('Another worker has continued the redrive.');
      });
    },
    forget: () => changed.clear(),
  };
}

/** With this many changes, progress is written: a page at the default rate. With fewer, it waits for more of them. */
const MOST_UNSAVED = 25;

/**
 * Whether progress is written now. A chunk is ten write units, so at one member a second its progress would cost more than
 * the member. What is not written yet is in the dead letters. The row always names the chunk whose members are marked next:
 * a worker that finds the redrive stopped opens the members of that chunk.
 * @param saved as the row is.
 * @param untilMs epoch milliseconds until which the lease of the row has to last.
 */
export function isWorthAWrite(saved: Redrive, redrive: Redrive, untilMs: number): boolean {
  return (
    (saved.dueAt ?? 0) <= untilMs ||
    changesSince(saved, redrive) >= MOST_UNSAVED ||
    nextChunkOf(saved) !== nextChunkOf(redrive) ||
    shownOf(saved) !== shownOf(redrive)
  );
}

/** Members that were sent, and members that have ended. */
function changesSince({ counts: before }: Redrive, { counts }: Redrive): number {
  return Math.abs(before.waiting - counts.waiting) + Math.abs(endedIn(before) - endedIn(counts));
}

const endedIn = ({ waiting, sent, ...ended }: RedriveCounts): number =>
  Object.values(ended).reduce((sum, count) => sum + count, 0);

const nextChunkOf = ({ progress = FIRST_PROGRESS }: Redrive): number => chunkOf(progress.next);

/** What people see at once: verdicts, a paused subscriber, a newer release, a failure. */
function shownOf({ steps, failures, progress }: Redrive): string {
  const { held, share, waitsBecause } = progress ?? {};
  return JSON.stringify([steps.map(({ status }) => status), failures, held?.subscribers ?? [], share, waitsBecause]);
}
