import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RelatedState } from '#shared/messaging/rows.ts';
import { IdempotencyConflict, LimitExceeded } from '#shared/once/errors.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { COUNTER } from '#test/support/counter.ts';
import { executorWorld, key, lost, request } from '#test/support/executor-world.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';

describe('executeOnce with related states', () => {
  const other = { ...key, id: 'other' };
  const countOf = async (store: MemoryStore): Promise<unknown> => (await store.statesOf(COUNTER).read(other))?.version;
  const further = (store: MemoryStore) => async (): Promise<RelatedState[]> => {
    const version = (await store.statesOf(COUNTER).read(other))?.version ?? 0;
    return [{ key: other, expectedVersion: version, next: { schemaVersion: 1, version: version + 1, state: {} } }];
  };

  it('changes them in the same transaction, once', async () => {
    const { ports, store } = executorWorld();
    const related = further(store);
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'committed');
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'duplicate');
    assert.equal(await countOf(store), 1);
  });

  it('asks for them again after a conflict, with the states of that time', async () => {
    const { ports, store, before } = executorWorld();
    let readings = 0;
    const related = (): Promise<RelatedState[]> => {
      readings += 1;
      return further(store)();
    };
    before.push(() => {
      void store.statesOf(COUNTER).replace(other, 0, { schemaVersion: 1, version: 1, state: { total: 0 } });
      return undefined;
    });
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'committed');
    assert.deepEqual([readings, await countOf(store)], [2, 2]);
  });

  it('recognises its own commit whose answer was lost', async () => {
    const { ports, store, after } = executorWorld();
    after.push(lost);
    const { kind } = await executeOnce(request('one', 1, { related: further(store) }), ports);
    assert.deepEqual([kind, await countOf(store)], ['committed', 1]);
  });

  it('writes nothing if they refuse, but answers a repetition as the first command', async () => {
    const { ports, store } = executorWorld();
    const refusal = new LimitExceeded('no');
    const related = async (): Promise<RelatedState[]> => Promise.reject(refusal);
    await assert.rejects(executeOnce(request('one', 1, { related }), ports), refusal);
    assert.equal(store.outbox.size, 0);
    const first = await executeOnce(request('one', 1), ports);
    assert.deepEqual(await executeOnce(request('one', 1, { related }), ports), { ...first, kind: 'duplicate' });
    await assert.rejects(executeOnce(request('one', 2, { related }), ports), IdempotencyConflict);
  });

  it('counts them towards the limit of a transaction', async () => {
    const { ports } = executorWorld();
    const related = async (): Promise<RelatedState[]> =>
      Array.from({ length: 99 }, (_, index) => ({
        key: { ...other, id: `other-${index}` },
        expectedVersion: 0,
        next: { schemaVersion: 1, version: 1, state: {} },
      }));
    await assert.rejects(
      executeOnce(request('one', 1, { related }), ports),
      /changes 101 rows \(state, outbox, 99 × counter\)/,
    );
  });
});
