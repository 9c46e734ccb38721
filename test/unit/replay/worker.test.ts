import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { liveGeneration } from '#shared/replay/generations.ts';
import type { OutboxScan } from '#shared/replay/ports.ts';
import { LEASE_MS } from '#shared/replay/replay.ts';
import { MINUTE_MS, untilFinished, withOrders } from '#test/support/replay-world.ts';

describe('a worker of a replay', () => {
  it('may die at any write, and another one continues after its lease', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({});
    const { replays } = world.runPorts;
    let writes = 0;
    const dying = {
      ...replays,
      async replace(...parameters: Parameters<typeof replays.replace>) {
        writes += 1;
        // Every second worker dies before its write, and the others after it.
        if (writes % 4 === 0) throw new Error('killed before');
        const result = await replays.replace(...parameters);
        if (writes % 4 === 2) throw new Error('killed after');
        return result;
      },
    };
    let workers = 0;
    while ((await world.replay(String(json.replayId))).step !== 'finished') {
      workers += 1;
      assert.ok(workers < 200);
      await world.run({ replays: dying });
      world.clock.advance(LEASE_MS);
    }
    assert.ok(workers > 5);
    assert.deepEqual(await world.liveRows(), before);
    assert.deepEqual(await world.rowsOf(1), []);
  });

  it('does no harm beside another one', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({});
    await Promise.all([world.run(), world.run(), world.run()]);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      world.clock.advance(MINUTE_MS);
      await Promise.all([world.run(), world.run()]);
    }
    assert.equal((await world.replay(String(json.replayId))).step, 'finished');
    assert.deepEqual([await world.liveRows(), await world.rowsOf(1)], [before, []]);
  });

  it('gives up after many failures, and leaves what is read as it was', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({});
    const outbox: OutboxScan = { scanOutbox: () => Promise.reject(new Error('away')) };
    for (let minutes = 0; minutes < 60; minutes += 1) {
      await world.run({ outbox });
      world.clock.advance(MINUTE_MS);
    }
    const { status, step, reason } = await world.replay(String(json.replayId));
    assert.deepEqual([status, step, reason], ['failed', 'finished', 'INTERNAL_ERROR']);
    assert.deepEqual([await world.liveRows(), await world.rowsOf(2)], [before, []]);
    assert.equal((await world.start({})).status, 202);
  });
});

describe('a replay whose switch was not answered', () => {
  it('never fails, because its rows may be read, and is done when the table answers again', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({});
    const { generations } = world.runPorts;
    let isAway = false;
    const away = () => Promise.reject(new Error('away'));
    const unanswered: typeof generations = {
      ...generations,
      read: (key) => (isAway ? away() : generations.read(key)),
      async replace(...parameters) {
        await generations.replace(...parameters);
        isAway = true;
        return away();
      },
    };
    for (let minutes = 0; minutes < 60; minutes += 1) {
      await world.run({ generations: unanswered });
      world.clock.advance(MINUTE_MS);
    }
    assert.partialDeepStrictEqual(await world.replay(String(json.replayId)), { status: 'running', step: 'switching' });
    assert.equal(liveGeneration(await world.generationsNow(), 'acme'), 2);
    await untilFinished(String(json.replayId), world);
    assert.equal((await world.replay(String(json.replayId))).status, 'done');
    assert.deepEqual([await world.liveRows(), await world.rowsOf(1)], [before, []]);
  });
});
