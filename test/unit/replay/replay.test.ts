import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { liveGeneration } from '#shared/replay/generations.ts';
import type { OutboxScan } from '#shared/replay/ports.ts';
import { PAUSE_MS } from '#shared/replay/replay.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { MINUTE_MS, type ReplayWorld, replayWorld, untilFinished, withOrders } from '#test/support/replay-world.ts';

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

  it('is refused with a `from` in the future, and writes nothing', async () => {
    const world = await withOrders();
    const isoAfter = (ms: number): string => new Date(world.clock.now() + ms).toISOString();
    const [outbox, states] = [world.store.outbox.size, world.store.states.size];
    const { status, json } = await world.start({ from: isoAfter(1) }, 'first');
    assert.deepEqual([status, json.code], [422, 'REPLAY_FROM_FUTURE']);
    assert.match(String(json.next), /in the past, or none/);
    assert.deepEqual([world.store.outbox.size, world.store.states.size], [outbox, states]);
    assert.deepEqual(await world.generationsNow(), { latest: 1, live: 1, ofTenants: {} });
    // Nothing is stored under the key either.
    assert.equal((await world.start({ from: isoAfter(0) }, 'first')).status, 202);
  });

  it('with a `from` before the first order builds the rows of all orders', async () => {
    const world = await withOrders();
    const before = await world.liveRows();
    const { json } = await world.start({ from: '0001-01-01T00:00:00Z' });
    await world.run();
    assert.partialDeepStrictEqual((await world.replay(String(json.replayId))).counts, { copied: 6, written: 6 });
    assert.deepEqual(await world.liveRows(), before);
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

/** Environments of `project-orders`, which know the generations since different times, and messages in its queue. */
type Live = { environments: ((body: string) => Promise<void>)[]; waiting: string[] };

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
