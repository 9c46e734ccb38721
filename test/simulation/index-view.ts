import type { DueEntry, DueKind, DueRow } from '#shared/once/due.ts';
import { rowsDue } from '#test/support/memory/memory-store.ts';
import { amountOf, type Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

/** The index of due rows, as a reader sees it: behind the table, by no time that anyone promises. */
export type IndexView = {
  /** A row was written: `entry` is its entry from now on; undefined: it has none. */
  wrote(name: string, entry: DueEntry | undefined): void;
  /** Rows that the index shows, oldest first. */
  due<Row extends DueRow>(kind: DueKind<Row>, now: number, limit: number, from?: number): Row[];
};

type Version = { visibleAt: number; entry: DueEntry | undefined };

/**
 * Entries come late, stay after their row has lost them, and show keys that their row no longer has. The writes to one
 * row arrive in their order, as replication keeps it.
 * @param mostMs longest lag of an entry; undefined: the index is never behind.
 */
export function createIndexView(mostMs: number | undefined, scheduler: Scheduler, faults: Faults): IndexView {
  /** Of each row the versions that are shown now or will be. */
  const versions = new Map<string, Version[]>();
  const writes = new Map<string, number>();

  const lagOf = (name: string): number => {
    if (mostMs === undefined) return 0;
    const count = (writes.get(name) ?? 0) + 1;
    writes.set(name, count);
    const key = `${name} ${count}`;
    return faults.strikes(key, 'index-lag') ? amountOf(faults.random(`index-lag ${key}`), 100, mostMs) : 0;
  };
  /** The version that is shown at this moment; older ones are forgotten. */
  const shown = (name: string, own: Version[]): DueEntry | undefined => {
    const at = scheduler.now();
    while (own.length > 1 && (own[1] as Version).visibleAt <= at) own.shift();
    const [version] = own;
    if (!version || version.visibleAt > at) return undefined;
    if (version.entry === undefined && own.length === 1) versions.delete(name);
    return version.entry;
  };

  return {
    wrote(name, entry) {
      const own = versions.get(name) ?? [];
      if (own.length === 0 && entry === undefined) return;
      const visibleAt = Math.max(own.at(-1)?.visibleAt ?? 0, scheduler.now() + lagOf(name));
      own.push({ visibleAt, entry });
      versions.set(name, own);
    },
    due(kind, now, limit, from = 0) {
      const entries = [...versions]
        .flatMap(([name, own]) => shown(name, own) ?? [])
        .filter(({ dueAt }) => dueAt >= from);
      return rowsDue(entries, kind, now, limit);
    },
  };
}
