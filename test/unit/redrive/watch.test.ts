import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DueStore } from '#shared/once/ports.ts';
import { REDRIVE_DUE } from '#shared/redrive/redrive.ts';
import { redriveWaker } from '#shared/redrive/run.ts';
import { redriveView } from '#shared/redrive/view.ts';
import { watchRedrives } from '#shared/redrive/watch.ts';
import { names, redriveRun } from '#test/support/redrive-run.ts';

/** The index of due rows, which shows nothing before the given look. */
function lagging(due: DueStore, looks: number): DueStore {
  let look = 0;
  return {
    ...due,
    due: async (kind, now, limit) => {
      look += 1;
      return look <= looks ? [] : due.due(kind, now, limit);
    },
  };
}

describe('an invocation of run-redrive', () => {
  it('ends at once if no redrive is due', async () => {
    const { ports, clock, store } = redriveRun();
    const from = clock.now();
    const times = { until: from + 80_000, lookUntil: from };
    assert.equal(await watchRedrives(times, { ...ports, due: store }), 0);
    assert.equal(clock.now(), from);
  });

  it('looks again after a start, because the index may lag behind', async () => {
    const world = redriveRun();
    await world.start(names(5), { canary: [] });
    const now = world.clock.now();
    const times = { until: now + 80_000, lookUntil: now + 5000 };
    assert.equal(await watchRedrives(times, { ...world.ports, due: lagging(world.store, 2) }), 1);
    assert.equal((await world.redrive()).status, 'done');
  });

  it('ends when a start does not become visible: the schedule continues it', async () => {
    const world = redriveRun();
    await world.start(names(5), { canary: [] });
    const now = world.clock.now();
    const times = { until: now + 80_000, lookUntil: now + 5000 };
    assert.equal(await watchRedrives(times, { ...world.ports, due: lagging(world.store, 100) }), 0);
    assert.ok(world.clock.now() < now + 10_000);
    assert.equal(world.sends.length, 0);
  });

  it('sends at the share of the stage, and says so', async () => {
    const world = redriveRun();
    await world.start(names(200), { canary: [], ratePerSecond: 50 });
    const rows = await world.store.due(REDRIVE_DUE, world.clock.now() + 1000, 5);
    const from = world.clock.now();
    await redriveWaker(from + 2000, world.ports, () => 10)(rows);
    const redrive = await world.redrive();
    assert.ok(world.sends.length >= 15 && world.sends.length <= 30, `${world.sends.length} in two seconds`);
    assert.equal(redriveView(redrive).remainingSeconds, Math.ceil(redrive.counts.waiting / 10));
    await redriveWaker(world.clock.now() + 30_000, world.ports)(rows);
    assert.equal((await world.redrive()).progress?.share, undefined);
  });
});
