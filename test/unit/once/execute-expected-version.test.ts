import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IdempotencyConflict, VersionMismatch } from '#shared/once/errors.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import { COUNTER, type CounterCommand } from '#test/support/counter.ts';
import { executorWorld, key, lost, type Request, request } from '#test/support/executor-world.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';

describe('executeOnce with an expected version', () => {
  const expecting = (commandId: string, expectedVersion: number, more: Partial<Request> = {}) =>
    request(commandId, 1, { expectedVersion, ...more });
  const mismatch = (currentVersion: number) => (error: VersionMismatch) => {
    assert.ok(error instanceof VersionMismatch);
    assert.equal(error.currentVersion, currentVersion);
    return true;
  };
  const started = async () => {
    const here = executorWorld();
    await executeOnce(request('first', 3, { assume: 'absent' }), here.ports);
    return here;
  };
  const versionIn = (store: MemoryStore) => [...store.states.values()].map(({ stored }) => stored.version);

  it('commits if the state has it, and reads once', async () => {
    const { ports, calls } = await started();
    assert.equal((await executeOnce(expecting('second', 1), ports)).outcome.version, 2);
    assert.deepEqual(calls, { load: 1, commit: 2 });
  });

  it('writes and stores nothing if the state has another one, so the same command may come again', async () => {
    const { ports, store, calls } = await started();
    await assert.rejects(executeOnce(expecting('second', 7), ports), mismatch(1));
    assert.deepEqual([calls.commit, store.outbox.size, versionIn(store)], [1, 1, [1]]);
    assert.equal((await executeOnce(expecting('second', 1), ports)).kind, 'committed');
  });

  it('gives a repetition its stored answer, although the version has changed', async () => {
    const { ports } = await started();
    const first = await executeOnce(expecting('second', 1), ports);
    for (const assume of [undefined, { schemaVersion: 1, version: 2, state: { total: 4 } }]) {
      assert.deepEqual(await executeOnce(expecting('second', 1, { assume }), ports), { ...first, kind: 'duplicate' });
    }
    await assert.rejects(executeOnce(expecting('second', 1, { fingerprint: 'other' }), ports), IdempotencyConflict);
  });

  it('gives a repetition its stored answer, although its first read saw the new state without the record', async () => {
    const { ports, store, calls } = await started();
    const first = await executeOnce(expecting('second', 1), ports);
    let reads = 0;
    const half: OnceStore = {
      ...ports.store,
      load: async (key, commandId, shape) => {
        const { record, stored } = await store.load(key, commandId, shape);
        reads += 1;
        return { ...(stored && { stored }), ...(record && reads > 1 && { record }) };
      },
    };
    const again = await executeOnce(expecting('second', 1), { ...ports, store: half });
    assert.deepEqual([again, reads, calls.commit], [{ ...first, kind: 'duplicate' }, 2, 2]);
  });

  it('is checked again after a conflict', async () => {
    const { ports, before, store } = await started();
    let intruder: Promise<unknown> | undefined;
    before.push(() => {
      intruder = store.statesOf(COUNTER).replace(key, 1, { schemaVersion: 1, version: 2, state: { total: 9 } });
      return { kind: 'conflict' };
    });
    await assert.rejects(executeOnce(expecting('second', 1), ports), mismatch(2));
    await intruder;
    assert.deepEqual([store.outbox.size, versionIn(store)], [1, [2]]);
  });

  it('commits after a conflict that changed nothing', async () => {
    const { ports, before } = await started();
    before.push(() => ({ kind: 'conflict' }));
    assert.equal((await executeOnce(expecting('second', 1), ports)).kind, 'committed');
  });

  it('recognises its own commit whose answer was lost, also after a conflict', async () => {
    const { ports, after, before, store } = await started();
    after.push(lost);
    before.push(
      () => undefined,
      () => ({ kind: 'conflict' }),
    );
    const { kind, outcome } = await executeOnce(expecting('second', 1), ports);
    assert.deepEqual([kind, outcome.version, store.outbox.size], ['committed', 2, 2]);
  });

  it('reads when the assumed state does not have it', async () => {
    const { ports } = await started();
    await executeOnce(request('second', 1), ports);
    const stale = { schemaVersion: 1, version: 1, state: { total: 3 } };
    const { outcome } = await executeOnce(expecting('third', 2, { assume: stale }), ports);
    assert.equal(outcome.answer, '{"total":5,"version":3}');
  });

  it('does not hide that there is nothing to change, and 0 expects nothing', async () => {
    const { ports } = executorWorld();
    const refused = await executeOnce(expecting('first', 4, { command: { type: 'Add', amount: -1 } }), ports);
    assert.equal(refused.kind, 'rejected');
    await assert.rejects(executeOnce(expecting('first', 4), ports), mismatch(0));
    assert.equal((await executeOnce(expecting('first', 0), ports)).kind, 'committed');
    await assert.rejects(executeOnce(expecting('second', 0), ports), mismatch(1));
  });

  it('precedes a refusal by the state, and with the right version the refusal is stored', async () => {
    const { ports, store } = await started();
    const command: CounterCommand = { type: 'Add', amount: -1 };
    await assert.rejects(executeOnce(expecting('second', 7, { command }), ports), mismatch(1));
    const refused = await executeOnce(expecting('second', 1, { command }), ports);
    await executeOnce(request('third', 4), ports);
    assert.deepEqual(await executeOnce(expecting('second', 1, { command }), ports), { ...refused, kind: 'duplicate' });
    assert.equal(store.outbox.size, 3);
  });
});
