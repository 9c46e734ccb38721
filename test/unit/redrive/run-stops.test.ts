import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { DEAD_LETTER, deadLetterKey } from '#shared/once/dead-letter.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { marked } from '#shared/once/redriven-letter.ts';
import { MOST_AT_ONCE } from '#shared/redrive/delivery.ts';
import { REDRIVE_DUE } from '#shared/redrive/redrive.ts';
import { LEASE_MS, redriveWaker } from '#shared/redrive/run.ts';
import { dying, KEY, Killed, names, rateOf, redriveRun } from '#test/support/redrive-run.ts';

describe('a redrive that is paused or stopped, or whose messages are refused', () => {
  it('sends nothing more while it is paused, and continues when it is resumed', async () => {
    const world = redriveRun();
    await world.start(names(200), { canary: [] });
    await world.run({}, 1200);
    await world.command({ type: 'PauseRedrive' });
    await world.untilOver();
    const { counts, status } = await world.redrive();
    assert.deepEqual([status, counts.sent, counts.resolved], ['paused', 0, world.sends.length]);
    assert.ok(world.sends.length < 200 && world.sends.length > 0);
    await world.command({ type: 'ResumeRedrive' });
    assert.partialDeepStrictEqual(await world.untilOver(), { status: 'done', counts: { resolved: 200 } });
    assert.equal(world.sends.length, 200);
  });

  it('opens what it has marked and not sent when it is stopped, and waits for what it has sent', async () => {
    const world = redriveRun({ latencyMs: 5000 });
    await world.start(names(60), { canary: [] });
    const refused = names(60).slice(20, 30).map(world.idOf);
    world.refuse(refused);
    await world.run({}, 3000);
    assert.partialDeepStrictEqual(await world.letter('m22'), { status: 'redriving', redriveId: 'redrive-1' });
    await world.command({ type: 'StopRedrive', reason: 'Enough.' });
    const { status, counts, stoppedBecause } = await world.untilOver();
    assert.deepEqual([status, stoppedBecause, counts.sent], ['stopped', 'Enough.', 0]);
    assert.equal(counts.resolved, world.sends.length);
    for (const name of names(60)) assert.notEqual((await world.letter(name)).status, 'redriving', name);
    assert.partialDeepStrictEqual(await world.letter('m22'), { status: 'open', generation: 1 });
  });

  it('opens all that it has marked when it is stopped, although its share of the rate is smaller now', async () => {
    const world = redriveRun();
    await world.start(names(200), { canary: [], ratePerSecond: 500 });
    world.refuse(names(200).map(world.idOf));
    await world.run({}, 3000);
    assert.equal((await world.letter('m199')).status, 'redriving');
    await world.command({ type: 'StopRedrive' });
    const rows = await world.store.due(REDRIVE_DUE, world.clock.now() + 60_000, 5);
    await redriveWaker(world.clock.now() + 60_000, world.ports, () => 20)(rows);
    const { status, dueAt } = await world.redrive();
    assert.deepEqual([status, dueAt], ['stopped', undefined]);
    for (const name of names(200)) assert.equal((await world.letter(name)).status, 'open', name);
  });

  it('leaves nothing marked whose mark arrives after the redrive has stopped', async () => {
    const world = redriveRun();
    await world.start(names(10), { canary: [] });
    const { letters } = world.ports;
    const known = (await letters.readDeadLetters([world.idOf('m3')])).get(world.idOf('m3')) ?? assert.fail();
    const mark = { generation: 1, redriveId: 'redrive-1', actor: 'operator', at: new Date(0).toISOString() };
    const late = { ...known, version: known.version + 1, state: marked(mark)(known.state) ?? assert.fail() };
    const changeDeadLetter: typeof letters.changeDeadLetter = (id, ...change) => {
      if (id !== world.idOf('m3')) return letters.changeDeadLetter(id, ...change);
      throw new StoreUnavailable('No answer in time.');
    };
    await world.run({ letters: { ...letters, changeDeadLetter } }, 3000);
    await world.command({ type: 'StopRedrive' });
    await world.untilOver();
    await world.store.statesOf(DEAD_LETTER).replace(deadLetterKey(world.idOf('m3')), known.version, late);
    assert.equal((await world.letter('m3')).status, 'open');
  });

  it('is stopped if a queue refuses its messages for long', async () => {
    const world = redriveRun();
    await world.start(names(3), { canary: [] });
    world.refuse([world.idOf('m1')]);
    const { status, stoppedBecause, counts } = await world.untilOver();
    assert.deepEqual([status, stoppedBecause, counts.waiting, counts.resolved], ['stopped', 'NOT_SENT', 1, 2]);
    assert.partialDeepStrictEqual(await world.letter('m1'), { status: 'open', generation: 1 });
  });

  it('goes on at its rate if its queue accepts some of each page only with the next one', async () => {
    const world = redriveRun();
    await world.start(names(2000), { canary: [], ratePerSecond: 500 });
    const redriver = world.ports.redriverOf(await world.letter('m0'));
    assert.ok(typeof redriver !== 'string');
    const late = new Set(names(2000).flatMap((name, index) => (index % 10 === 7 ? [world.idOf(name)] : [])));
    const send: typeof redriver.send = (members, refuse) =>
      redriver.send(
        members.filter(({ deadLetterId }) => !late.delete(deadLetterId)),
        refuse,
      );
    const { status, counts, failures } = await world.untilOver({ redriverOf: () => ({ send }) });
    assert.deepEqual([status, counts.resolved, failures, world.sends.length], ['done', 2000, 0, 2000]);
    const rate = rateOf(world.sends);
    assert.ok(Math.abs(rate - 500) <= 100, `${rate} instead of 500`);
  });

  it('records what was sent before it could not look whether it was stopped', async () => {
    const world = redriveRun({ latencyMs: 5000 });
    await world.start(names(100), { canary: [], ratePerSecond: 500 });
    let looks = 0;
    const redrives = {
      ...world.ports.redrives,
      read: async (...key: Parameters<typeof world.ports.redrives.read>) => {
        looks += world.sends.length > 0 ? 1 : 0;
        if (looks === 1) throw new StoreUnavailable('No answer in time.');
        return world.ports.redrives.read(...key);
      },
    };
    const { status, counts } = await world.untilOver({ redrives });
    assert.deepEqual([status, counts.resolved, world.sends.length], ['done', 100, 100]);
  });

  it('skips a member that its queue never accepts, and sends the others', async () => {
    const world = redriveRun();
    await world.start(names(60), { canary: [1] });
    const refused = new Set(['m0', 'm30', 'm59'].map(world.idOf));
    world.refuseForever((id) => refused.has(id));
    const { status, counts } = await world.untilOver();
    assert.deepEqual([status, counts.skipped, counts.resolved], ['done', 3, 57]);
    const skipped = (await world.members()).filter(({ result }) => result === 'skipped');
    assert.deepEqual(
      skipped.map(({ deadLetterId, because }) => [refused.has(deadLetterId), because]),
      Array.from({ length: 3 }, () => [true, 'NOT_SENT']),
    );
    assert.partialDeepStrictEqual(await world.letter('m30'), { status: 'open', generation: 1 });
    assert.equal(world.sends.length, 57);
  });

  it('skips a member that its redriver cannot read, and sends the others', async () => {
    const world = redriveRun();
    await world.start(names(20), { canary: [] });
    const redriver = world.ports.redriverOf(await world.letter('m0'));
    assert.ok(typeof redriver !== 'string');
    const send: typeof redriver.send = async (members, refuse) => {
      if (members.some(({ deadLetterId }) => deadLetterId === world.idOf('m7')))
        throw new PoisonMessage('MALFORMED', 'It is no place.');
      return redriver.send(members, refuse);
    };
    const { status, counts } = await world.untilOver({ redriverOf: () => ({ send }) });
    assert.deepEqual([status, counts.skipped, counts.resolved], ['done', 1, 19]);
    assert.equal((await world.members())[7]?.because, 'NOT_SENT');
  });

  for (const [count, canary] of [
    [300, []],
    [300, [1, 10]],
    [3, []],
  ] as const) {
    it(`stops if a queue never accepts any of ${count} members, in steps of ${canary}, before it has skipped many`, async () => {
      const world = redriveRun();
      await world.start(names(count), { canary, ratePerSecond: 500 });
      world.refuseForever(() => true);
      const { status, stoppedBecause, counts } = await world.untilOver();
      assert.deepEqual([status, stoppedBecause], ['stopped', 'NOT_SENT']);
      const skipped = Math.min(count, 10);
      assert.deepEqual([counts.skipped, counts.waiting], [skipped, count - skipped]);
      for (const name of names(count))
        assert.partialDeepStrictEqual(await world.letter(name), { status: 'open', generation: 1 });
    });
  }

  it('judges a canary step by members that were sent: for each that is skipped, it takes one more', async () => {
    const world = redriveRun();
    await world.start(names(100), { canary: [1, 10] });
    for (const name of ['m0', 'm1', 'm2', 'm5', 'm9', 'm16'])
      world.verdicts.set(world.idOf(name), { verdict: 'dropped', reason: 'UNKNOWN_TYPE' });
    const { status, steps } = await world.untilOver();
    assert.equal(status, 'done');
    assert.deepEqual(
      steps.map(({ size, sent, resolved, share }) => [size, sent, resolved, share]),
      [
        [4, 1, 1, 0],
        [12, 10, 10, 0],
        [84, 83, 83, 0],
      ],
    );
  });

  it('has no share for a step of which nothing was sent when the set ended', async () => {
    const world = redriveRun();
    await world.start(names(30), { canary: [1, 10] });
    for (const name of names(30)) world.verdicts.set(world.idOf(name), { verdict: 'dropped', reason: 'UNKNOWN_TYPE' });
    const { status, steps, counts } = await world.untilOver();
    assert.deepEqual([status, counts.skipped], ['done', 30]);
    assert.deepEqual(
      steps.map(({ size, share }) => [size, share]),
      [[30, undefined]],
    );
  });

  it('does not wait for slow members or unknown outcomes, and loses none of them when it is killed', async () => {
    const world = redriveRun({ longestWaitMs: 100_000 });
    const members = names(2600);
    // Two in each chunk. Nothing becomes of the one until its time is over, and the other is settled later.
    const lost = members.filter((_, index) => index % 250 === 7);
    const unknown = members.filter((_, index) => index % 250 === 9);
    for (const name of lost) world.behaviours.set(world.idOf(name), 'lost');
    for (const name of unknown) world.verdicts.set(world.idOf(name), { verdict: 'unknown' });
    await world.start(members, { canary: [], ratePerSecond: 500 });
    for (const [index, at] of [400, 1500].entries()) {
      const { ports } = dying({ ...world.ports, worker: `dies-${index}` }, at, true);
      await world.run(ports).catch((error) => assert.ok(error instanceof Killed));
    }
    await world.run({ worker: 'lives' }, 30_000);
    const { counts: before } = await world.redrive();
    assert.deepEqual([before.waiting, before.sent, before.unknown], [0, lost.length, unknown.length]);
    for (const name of unknown) world.verdicts.set(world.idOf(name), { verdict: 'handled' });
    const { status, counts } = await world.untilOver();
    assert.deepEqual([status, counts.resolved, counts.failedAgain], ['done', 2600 - lost.length, lost.length]);
    assert.equal(world.handled.size, counts.resolved);
  });

  it('has at most two thousand members in flight, and a small row', async () => {
    const world = redriveRun();
    for (const [index, name] of names(2600).entries())
      if (index % 8 !== 0) world.behaviours.set(world.idOf(name), 'lost');
    await world.start(names(2600), { canary: [], ratePerSecond: 500, stopAbove: 1 });
    await world.run({}, 8000);
    const redrive = await world.redrive();
    assert.equal(redrive.counts.sent, 2000);
    assert.ok(JSON.stringify(redrive).length < 8000, `${JSON.stringify(redrive).length} bytes`);
  });

  it('sends one batch at most after it was stopped', async () => {
    const world = redriveRun();
    await world.start(names(250), { canary: [], ratePerSecond: 500 });
    const redriver = world.ports.redriverOf(await world.letter('m0'));
    assert.ok(typeof redriver !== 'string');
    const send: typeof redriver.send = async (members, refuse) => {
      if (world.sends.length === 0) await world.command({ type: 'StopRedrive' });
      return redriver.send(members, refuse);
    };
    const { status, counts } = await world.untilOver({ redriverOf: () => ({ send }) });
    assert.deepEqual([status, world.sends.length], ['stopped', MOST_AT_ONCE]);
    assert.deepEqual([counts.resolved, counts.waiting], [MOST_AT_ONCE, 250 - MOST_AT_ONCE]);
    for (const name of names(250)) assert.notEqual((await world.letter(name)).status, 'redriving', name);
  });

  it('does not continue a redrive that another worker has, and takes over when that one dies', async () => {
    const world = redriveRun();
    await world.start(names(100), { canary: [] });
    const stored = (await world.ports.redrives.read(KEY)) ?? assert.fail();
    const { progress } = stored.state;
    assert.equal(progress, undefined);
    await world.run(
      { worker: 'dies', chunks: { ...world.ports.chunks, replace: () => new Promise(() => undefined) } },
      0,
    );
    const dead = world.run({
      worker: 'dies',
      chunks: { ...world.ports.chunks, replace: () => new Promise(() => undefined) },
    });
    await new Promise((resolve) => setImmediate(resolve));
    const from = world.clock.now();
    await world.run({ worker: 'other' }, LEASE_MS / 2);
    const sent = world.sends.length;
    assert.ok(sent > 0 && sent <= 25, 'the page of the first worker');
    await world.untilOver();
    assert.ok(world.clock.now() - from >= LEASE_MS);
    assert.equal((await world.redrive()).counts.resolved, 100);
    assert.equal(world.handled.size, 100);
    void dead;
  });
});
