import type { StoredState } from '#shared/messaging/rows.ts';
import type { Commit } from '#shared/once/ports.ts';
import { amountOf, type Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * What a Query sees of transactions. It is not isolated from them: rows of one transaction become visible one by one.
 * A GetItem, and each single item of a BatchGetItem, is serializable: it sees a transaction before or after.
 */
export type HalfSeen = {
  /** A transaction was done. `before` is the state that stood under a name; undefined: none. */
  done(commit: Commit, before: (row: string) => StoredState<unknown> | undefined): void;
  /** A row's state as a Query sees it. */
  stateOf<State>(row: string, current: StoredState<State> | undefined): StoredState<State> | undefined;
  /** Its state or content was written alone, after whatever transaction was under way. */
  wroteAlone(row: string): void;
  /** Whether a Query does not see the content of a notification yet. */
  hidesContentOf(row: string): boolean;
};

type Hidden = { until: number; before: StoredState<unknown> | undefined };

export type HalfSeenOptions = {
  /** Longest time until a row is seen; undefined: every transaction is seen whole. */
  mostMs: number | undefined;
  /** Name of a state row. */
  rowOf(key: Commit['key']): string;
  scheduler: Scheduler;
  faults: Faults;
};

export function createHalfSeen({ mostMs, rowOf, scheduler, faults }: HalfSeenOptions): HalfSeen {
  const states = new Map<string, Hidden>();
  const contents = new Map<string, number>();

  const hiddenUntil = (name: string): number | undefined =>
    mostMs !== undefined && faults.strikes(name, 'half-seen')
      ? scheduler.now() + amountOf(faults.random(`half-seen ${name}`), 10, mostMs)
      : undefined;

  const hideState = (row: string, commandId: string, before: StoredState<unknown> | undefined): void => {
    const until = hiddenUntil(`${row} ${commandId}`);
    if (until !== undefined) states.set(row, { until, before });
    else states.delete(row);
  };

  const hideContent = (row: string): void => {
    const until = hiddenUntil(`content ${row}`);
    if (until !== undefined) contents.set(row, until);
  };

  return {
    done({ key, next, related = [], rows, outbox: { commandId } }, before) {
      if (mostMs === undefined) return;
      if (next) hideState(rowOf(key), commandId, before(rowOf(key)));
      for (const one of related) hideState(rowOf(one.key), commandId, before(rowOf(one.key)));
      for (const row of rows) {
        if (row.kind === 'state') hideState(rowOf(row.key), commandId, undefined);
        else hideContent(rowOf(row.key));
      }
    },
    stateOf<State>(row: string, current: StoredState<State> | undefined) {
      const hidden = states.get(row);
      if (!hidden || hidden.until <= scheduler.now()) return current;
      return hidden.before as StoredState<State> | undefined;
    },
    wroteAlone(row) {
      states.delete(row);
      contents.delete(row);
    },
    hidesContentOf: (row) => (contents.get(row) ?? 0) > scheduler.now(),
  };
}
