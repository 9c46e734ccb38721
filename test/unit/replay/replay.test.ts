import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { liveGeneration } from '#shared/replay/generations.ts';
import type { OutboxScan } from '#shared/replay/ports.ts';
import { LEASE_MS, PAUSE_MS } from '#shared/replay/replay.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { replayWorld } from '#test/support/replay-world.ts';

const MINUTE_MS = 60_000;

/** A world with orders of two tenants that are all in the live list. */
async function withOrders(count = 5) {
  const world = replayWorld();
  for (let index = 0; index < count; index += 1) await world.another();
  await world.another('globex');
  const project = world.projecting();
  for (const body of world.orderMessages()) await project(body);
  return world;
}

describe('a replay', () => {
  it('builds the same rows in a generation of its own, which is then the only one', async () => {
    const world = await withOrders();
    const before = [await world.liveRows(), await world.liveRows('globex')];
    const { status, json } = await world.start({});
    assert.equal(status, 202);
    assert.deepEqual(json, {
      replayId: json.replayId,
      projection: 'orders',
      status: 'running',
      step: 'queued',
      startedAt: new Date(world.clock.now()).toISOString(),
      counts: { examined: 0, messages: 0, written: 0, copied: 0, deleted: 0 },
      skipped: { count: 0, named: [] },
    });
    await world.run();
    const replay = await world.replay(String(json.replayId));
    assert.partialDeepStrictEqual(replay, { status: 'done', step: 'finished' });
    assert.equal(replay.dueAt, undefined);
    assert.deepEqual(replay.counts.deleted, 6);
    assert.deepEqual(await world.generationsNow(), { latest: 2, live: 2, ofTenants: {} });
    assert.deepEqual([await world.liveRows(), await world.liveRows('globex')], before);
    assert.deepEqual([await world.rowsOf(1), await world.rowsOf(1, 'globex')], [[], []]);
  });

  it('corrects rows that are missing or wrong', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const [first = assert.fail(), second = assert.fail()] = before;
    const list = { tenant: 'acme', generation: 1 };
    await world.orderList.removeListed(list, `${first.placedAt}#${first.orderId}`);
    await world.orderList.keepListed(list, { ...second, total: 1, version: 99 });
    await world.start({});
    await world.run();
    assert.deepEqual(await world.liveRows(), before);
  });

  it('of one tenant leaves the rows of the others where they are', async () => {
    const world = await withOrders();
    const before = [await world.liveRows(), await world.liveRows('globex')];
    await world.start({ tenant: 'acme' });
    await world.run();
    assert.deepEqual(await world.generationsNow(), { latest: 2, live: 1, ofTenants: { acme: 2 } });
    assert.deepEqual([await world.liveRows(), await world.liveRows('globex')], before);
    // Then one of all tenants replaces both.
    await world.start({});
    await world.run();
    assert.deepEqual(await world.generationsNow(), { latest: 3, live: 3, ofTenants: {} });
    assert.deepEqual([await world.liveRows(), await world.liveRows('globex')], before);
    assert.deepEqual([await world.rowsOf(2), await world.rowsOf(1, 'globex')], [[], []]);
  });

  it('with `from` copies the rows whose messages are all earlier, and builds the others', async () => {
    const world = await withOrders(2);
    const old = await world.liveRows();
    world.clock.advance(1000);
    const from = new Date(world.clock.now()).toISOString();
    await world.another();
    const project = world.projecting();
    for (const body of world.orderMessages()) await project(body);
    const before = await world.liveRows();
    const [latest = assert.fail()] = before;
    // Wrong rows of both kinds, in the versions that the messages have.
    const list = { tenant: 'acme', generation: 1 };
    await world.orderList.removeListed(list, `${latest.placedAt}#${latest.orderId}`);
    await world.orderList.keepListed(list, { ...latest, total: 1 });
    const { json } = await world.start({ from });
    await world.run();
    assert.partialDeepStrictEqual((await world.replay(String(json.replayId))).counts, { copied: 4, written: 1 });
    assert.deepEqual(await world.liveRows(), before);
    assert.equal(old.length, 2);
  });

  it('names a message that can never be read, and builds the rest', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const outbox: OutboxScan = {
      async scanOutbox(scope, position) {
        const page = await world.runPorts.outbox.scanOutbox(scope, position);
        const poison = envelopeText({ type: 'counterfoil.order.placed.v1', data: {} });
        const records = page.records.map((record, index) =>
          position === undefined && index === 0
            ? { ...record, messages: [poison, 'no json', ...record.messages] }
            : record,
        );
        return { ...page, records };
      },
    };
    const { json } = await world.start({});
    await world.run({ outbox });
    const { status, skipped } = await world.replay(String(json.replayId));
    assert.equal(status, 'done');
    assert.deepEqual([skipped.count, skipped.named.map(({ reason }) => reason)], [2, ['MALFORMED', 'NOT_JSON']]);
    assert.deepEqual(await world.liveRows(), before);
  });

  it('is refused while another one is running, and is not if that one was stopped', async () => {
    const world = await withOrders();
    const first = await world.start({}, 'first');
    const refused = await world.start({ tenant: 'acme' });
    assert.deepEqual([refused.status, refused.json.code], [409, 'REPLAY_RUNNING']);
    assert.match(String(refused.json.next), new RegExp(String(first.json.replayId)));
    // The key of the first one has its answer still.
    assert.deepEqual((await world.start({}, 'first')).json, first.json);
    assert.equal((await world.stop(String(first.json.replayId))).status, 200);
    assert.equal((await world.start({ tenant: 'acme' })).status, 202);
  });
});

describe('a replay that is stopped', () => {
  it('changes nothing that is read, and deletes what it has built', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({});
    const replayId = String(json.replayId);
    // It stops in the middle: the time of the invocation is over.
    await world.run({}, PAUSE_MS + 300);
    assert.equal((await world.replay(replayId)).step, 'building');
    assert.notDeepEqual(await world.rowsOf(2), []);
    const { status, json: stopped } = await world.stop(replayId);
    assert.deepEqual([status, stopped.status], [200, 'stopped']);
    assert.deepEqual(await world.generationsNow(), { latest: 2, live: 1, ofTenants: {} });
    world.clock.advance(MINUTE_MS);
    await world.run();
    assert.partialDeepStrictEqual(await world.replay(replayId), { status: 'stopped', step: 'finished' });
    assert.deepEqual([await world.liveRows(), await world.rowsOf(2)], [before, []]);
    const again = await world.stop(replayId);
    assert.deepEqual([again.status, again.json.code], [409, 'REPLAY_NOT_RUNNING']);
  });

  it('is refused if it is unknown, or if its rows are already read', async () => {
    const world = await withOrders();
    assert.equal((await world.stop('a'.repeat(26))).status, 404);
    assert.equal((await world.stop('../x')).status, 404);
    const { json } = await world.start({});
    const replayId = String(json.replayId);
    let forMs = PAUSE_MS;
    while ((await world.replay(replayId)).step !== 'settling') {
      await world.run({}, forMs);
      forMs = 100;
      world.clock.advance(100);
    }
    const { status, json: refused } = await world.stop(replayId);
    assert.deepEqual([status, refused.code], [409, 'REPLAY_SWITCHED']);
  });
});

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

/** One step of what happens beside a replay: an order, a message in one of two environments, or the replay's function. */
async function happen(draw: number, world: ReplayWorld, live: Live): Promise<void> {
  if (draw < 3) {
    const known = new Set(world.orderMessages());
    await world.another();
    live.waiting.push(...world.orderMessages().filter((body) => !known.has(body)));
  } else if (draw < 9) {
    const [body = world.orderMessages()[0] ?? assert.fail()] = live.waiting.splice(draw % 2, 1);
    await live.environments[draw % 2]?.(body);
  } else {
    await world.run({}, [300, PAUSE_MS, 900][draw - 9]);
  }
  world.clock.advance(137 * draw);
}

type ReplayWorld = ReturnType<typeof replayWorld>;
/** Environments of `project-orders`, which know the generations since different times, and messages in its queue. */
type Live = { environments: ((body: string) => Promise<void>)[]; waiting: string[] };

async function untilFinished(replayId: string, world: ReplayWorld): Promise<void> {
  for (let minutes = 0; (await world.replay(replayId)).step !== 'finished'; minutes += 1) {
    assert.ok(minutes < 30);
    await world.run();
    world.clock.advance(MINUTE_MS);
  }
}

describe('messages that arrive during a replay', () => {
  it('are in the new list, whenever and however often each environment handles them', async () => {
    await checkProperty(
      'a replay beside live messages',
      fc.asyncProperty(fc.array(fc.nat({ max: 11 }), { minLength: 5, maxLength: 60 }), async (draws) => {
        const world = await withOrders(3);
        const live: Live = { environments: [world.projecting(), world.projecting()], waiting: [] };
        for (const project of live.environments) await project(world.orderMessages()[0] ?? assert.fail());
        const { json } = await world.start({});
        for (const draw of draws) await happen(draw, world, live);
        await untilFinished(String(json.replayId), world);
        for (const body of live.waiting) await live.environments[0]?.(body);
        const fresh = replayWorld();
        const project = fresh.projecting();
        for (const body of world.orderMessages()) await project(body);
        assert.deepEqual(await world.liveRows(), await fresh.liveRows());
        assert.equal(liveGeneration(await world.generationsNow(), 'acme'), 2);
      }),
    );
  });
});
