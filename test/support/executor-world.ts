import type { ExecuteRequest } from '#shared/once/execute.ts';
import { type CommitResult, type OnceStore, StoreUnavailable } from '#shared/once/ports.ts';
import { type CounterCommand, type CounterEvent, type CounterState, counter } from '#test/support/counter.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { createWorld } from '#test/support/world/world.ts';

/** The counter of these tests. */
export const key = { tenant: 'acme', type: 'counter', id: 'one' };
export type Request = ExecuteRequest<CounterState, CounterCommand, CounterEvent>;

export type More = Pick<Request, 'assume' | 'related'> & { command?: CounterCommand };

/** Adds to the counter. */
export const request = (commandId: string, amount: number, more: More = {}): Request => ({
  decider: counter,
  key,
  commandId,
  fingerprint: `add ${amount}`,
  command: { type: 'Add', amount },
  metadata: { correlationId: 'correlation', causationId: 'cause' },
  ...more,
});

/** Counts calls, and lets a test decide what a commit answers before or after it is done. */
function spiedStore(store: MemoryStore) {
  const calls = { load: 0, commit: 0 };
  const before: (() => CommitResult | undefined)[] = [];
  const after: (() => void)[] = [];
  const spied: OnceStore = {
    load: (...args) => {
      calls.load += 1;
      return store.load(...args);
    },
    commit: async (commit) => {
      calls.commit += 1;
      const instead = before.shift()?.();
      if (instead) return instead;
      const result = await store.commit(commit);
      after.shift()?.();
      return result;
    },
  };
  return { spied, calls, before, after };
}

/** The ports of the executor over a store in memory that is spied on. */
export function executorWorld() {
  const { store, clock, ports } = createWorld({ ports: { settings: { outboxGraceMs: 60_000, budgetMs: 5000 } } });
  const { spied, ...spy } = spiedStore(store);
  return { store, clock, ports: { ...ports(), store: spied }, ...spy };
}

/** The store has not answered. */
export const lost = (): never => {
  throw new StoreUnavailable('The answer got lost.');
};
