import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { chunkKey, type RedriveChunk } from '#shared/redrive/members.ts';
import { LEASE_MS } from '#shared/redrive/run.ts';
import { bufferedChunks } from '#shared/redrive/unsaved.ts';
import { Killed, names, redriveRun, SET } from '#test/support/redrive-run.ts';

describe('progress that is not stored yet', () => {
  it('does not hide a page that was marked in the next chunk before a person stopped the redrive', async () => {
    const world = redriveRun();
    await world.start(names(300), { canary: [], ratePerSecond: 10 });
    const { letters } = world.ports;
    let isStopped = false;
    const changeDeadLetter: typeof letters.changeDeadLetter = async (id, ...change) => {
      const letter = await letters.changeDeadLetter(id, ...change);
      if (id === world.idOf('m252') && !isStopped) {
        isStopped = true;
        await world.command({ type: 'StopRedrive' });
      }
      return letter;
    };
    const { status, counts } = await world.untilOver({ letters: { ...letters, changeDeadLetter } });
    assert.deepEqual([isStopped, status, counts.resolved], [true, 'stopped', 250]);
    for (const name of names(300)) assert.notEqual((await world.letter(name)).status, 'redriving', name);
  });

  it('is read from the dead letters if the redrive is stopped before the next worker begins', async () => {
    const world = redriveRun();
    await world.start(names(40), { canary: [], ratePerSecond: 10 });
    const replace = () => Promise.reject(new StoreUnavailable('No answer in time.'));
    await world.run({ chunks: { ...world.ports.chunks, replace } }, 3000);
    await world.command({ type: 'StopRedrive' });
    const { status, counts } = await world.untilOver();
    assert.ok(world.sends.length > 0);
    assert.deepEqual([status, counts.resolved], ['stopped', world.sends.length]);
  });

  it('is stored when a page fails, before the pause in which the function may die', async () => {
    const world = redriveRun();
    await world.start(names(40), { canary: [], ratePerSecond: 10 });
    let isFailing = false;
    const readDeadLetters: typeof world.store.readDeadLetters = async (ids) => {
      isFailing = world.sends.length >= 10;
      if (isFailing) throw new StoreUnavailable('No answer in time.');
      return world.store.readDeadLetters(ids);
    };
    const sleep = (durationMs: number) =>
      isFailing ? Promise.reject(new Killed()) : world.ports.timer.sleep(durationMs);
    await world.run({ letters: { ...world.store, readDeadLetters }, timer: { sleep } }, 5000);
    assert.equal((await world.members()).filter(({ result }) => result !== undefined).length, 10);
  });

  it('leaves half of the lease for a page, however long the pauses are', async () => {
    const world = redriveRun({ latencyMs: 40_000 });
    await world.start(names(20), { canary: [1] });
    let leastMs = LEASE_MS;
    const pausedSubscribers = async () => {
      const { dueAt = 0 } = await world.redrive();
      leastMs = Math.min(leastMs, dueAt - world.clock.now());
      return world.ports.pausedSubscribers();
    };
    await world.run({ pausedSubscribers }, 50_000);
    assert.ok(leastMs >= LEASE_MS / 2, `${leastMs} ms`);
  });

  it('is stored by no write that is still under way when storing has failed', async () => {
    const [bad, slow] = [chunkKey(SET, 0), chunkKey(SET, 1)];
    let writes = 0;
    const store: StateStore<RedriveChunk> = {
      read: async () => undefined,
      async replace(key) {
        if (key.id === bad.id) return { kind: 'conflict', current: undefined };
        await new Promise(setImmediate);
        writes += 1;
        return { kind: 'replaced' };
      },
    };
    const chunks = bufferedChunks(store);
    for (const [index, key] of [bad, slow].entries())
      await chunks.replace(key, 1, { schemaVersion: 1, version: 2, state: { set: SET, index, members: '' } });
    await assert.rejects(chunks.flush(), StoreUnavailable);
    assert.equal(writes, 1);
  });
});
