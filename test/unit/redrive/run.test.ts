import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { marked } from '#shared/once/redriven-letter.ts';
import type { RunPorts } from '#shared/redrive/run.ts';
import { redriveView } from '#shared/redrive/view.ts';
import { names, rateOf, redriveRun } from '#test/support/redrive-run.ts';

/** Counts the looks at a redrive, and the writes of its row and its chunks. */
function counting(ports: RunPorts): { looks: () => number; writes: () => number; ports: Partial<RunPorts> } {
  let [looks, writes] = [0, 0];
  const counted = <State>(store: StateStore<State>): StateStore<State> => ({
    ...store,
    replace: (...change) => {
      writes += 1;
      return store.replace(...change);
    },
  });
  const pausedSubscribers = () => {
    looks += 1;
    return ports.pausedSubscribers();
  };
  return {
    looks: () => looks,
    writes: () => writes,
    ports: { redrives: counted(ports.redrives), chunks: counted(ports.chunks), pausedSubscribers },
  };
}

/** DynamoDB returns the fields of a map in any order. */
const inAnotherOrder = (store: RunPorts['redrives']): RunPorts['redrives'] => ({
  ...store,
  async read(key) {
    const stored = await store.read(key);
    if (!stored) return undefined;
    const { waiting, ...others } = stored.state.counts;
    return { ...stored, state: { ...stored.state, counts: { ...others, waiting } } };
  },
});

describe('a redrive that runs', () => {
  it('sends each member once, step by step, and is done when all are resolved', async () => {
    const world = redriveRun();
    await world.start(names(300), { canary: [1, 10, 100] });
    const { status, steps, counts, dueAt } = await world.untilOver();
    assert.deepEqual([status, dueAt], ['done', undefined]);
    assert.deepEqual(
      steps.map(({ size, status: verdict, sent, resolved, pending, share }) => [
        ...[size, verdict, sent, resolved, pending, share],
      ]),
      [1, 10, 100, 189].map((size) => [size, 'passed', size, size, 0, 0]),
    );
    assert.deepEqual(counts, { waiting: 0, sent: 0, resolved: 300, failedAgain: 0, skipped: 0, unknown: 0 });
    assert.deepEqual([world.sends.length, world.handled.size], [300, 300]);
    const { status: letterStatus, history } = await world.letter('m42');
    assert.equal(letterStatus, 'resolved');
    assert.deepEqual(
      history.map(({ action, actor, redriveId }) => [action, actor, redriveId]),
      [
        ['redrive', 'operator', 'redrive-1'],
        ['resolve', 'system', 'redrive-1'],
      ],
    );
  });

  it('does not begin a step before the verdict of the one before', async () => {
    const world = redriveRun({ latencyMs: 2000 });
    await world.start(names(30), { canary: [1, 10] });
    await world.untilOver();
    const times = world.sends.map(({ at }) => at);
    assert.ok((times[1] ?? 0) >= (times[0] ?? 0) + 2000);
    assert.ok((times[11] ?? 0) >= (times[10] ?? 0) + 2000);
  });

  for (const ratePerSecond of [1, 7, 50, 500]) {
    it(`keeps its rate of ${ratePerSecond} per second`, async () => {
      const world = redriveRun();
      await world.start(names(Math.min(1500, ratePerSecond * 30)), { canary: [], ratePerSecond });
      await world.untilOver();
      const rate = rateOf(world.sends);
      assert.ok(Math.abs(rate - ratePerSecond) <= ratePerSecond / 5, `${rate} instead of ${ratePerSecond}`);
    });
  }

  it('sends nothing to a paused subscriber, and does not call late what waits in its queue', async () => {
    const world = redriveRun({ longestWaitMs: 30_000, latencyMs: 90_000 });
    await world.start(names(5), { canary: [1] });
    await world.run({}, 5000);
    assert.equal(world.sends.length, 1);
    world.paused.set('send-email', { since: '2026-11-30T10:00:00.000Z', actor: 'ada' });
    for (const from = world.clock.now(); world.clock.now() < from + 80_000; world.clock.advance(1000))
      await world.run();
    await world.deliver();
    const held = await world.redrive();
    assert.deepEqual([held.status, held.counts.failedAgain, world.sends.length], ['running', 0, 1]);
    assert.deepEqual(redriveView(held).waitsForSubscribers, ['send-email']);
    world.paused.clear();
    world.clock.advance(60_000);
    await world.run({}, 20_000);
    const { counts } = await world.redrive();
    assert.deepEqual([counts.resolved, counts.failedAgain, world.sends.length], [1, 0, 5]);
    assert.equal(redriveView(await world.redrive()).waitsForSubscribers?.length ?? 0, 0);
  });

  for (const status of ['running', 'stopped'] as const) {
    it(`is looked at once a minute while its subscriber is paused and nothing happens: ${status}`, async () => {
      const world = redriveRun({ latencyMs: 10_000_000 });
      await world.start(names(5), { canary: [1] });
      await world.run({}, 3000);
      world.paused.set('send-email', { since: '2026-11-30T10:00:00.000Z', actor: 'ada' });
      if (status === 'stopped') await world.command({ type: 'StopRedrive' });
      const { looks, writes, ports } = counting({ ...world.ports, redrives: inAnotherOrder(world.ports.redrives) });
      const minutes = 60;
      for (let minute = 0; minute < minutes; minute += 1) {
        const from = world.clock.now();
        await world.run(ports);
        world.clock.advance(Math.max(0, from + 60_000 - world.clock.now()));
      }
      assert.ok(looks() <= minutes + 30 && writes() <= 3 * minutes, `${looks()} looks, ${writes()} writes`);
      assert.deepEqual([(await world.redrive()).status, (await world.redrive()).counts.failedAgain], [status, 0]);
    });
  }

  it('writes its progress for several members together if its rate is low', async () => {
    const world = redriveRun();
    await world.start(names(60), { canary: [], ratePerSecond: 1 });
    const { writes, ports } = counting(world.ports);
    assert.equal((await world.untilOver(ports)).counts.resolved, 60);
    assert.ok(writes() <= 60, `${writes()} writes of progress for 60 members`);
    assert.equal(world.sends.length, 60);
  });

  it('stops when the share of failures of a step is too high, and leaves the others as they are', async () => {
    const world = redriveRun();
    for (const name of ['m3', 'm5']) world.behaviours.set(world.idOf(name), 'fails');
    await world.start(names(100), { canary: [1, 10], stopAbove: 0.1 });
    const { status, stoppedBecause, steps, counts } = await world.untilOver();
    assert.deepEqual([status, stoppedBecause], ['stopped', 'TOO_MANY_FAILURES']);
    assert.deepEqual(
      steps.map(({ status: verdict, share }) => [verdict, share]),
      [
        ['passed', 0],
        ['failed', 0.2],
        ['waiting', undefined],
      ],
    );
    assert.deepEqual(counts, { waiting: 89, sent: 0, resolved: 9, failedAgain: 2, skipped: 0, unknown: 0 });
    const failed = (await world.members()).filter(({ result }) => result === 'failedAgain');
    assert.deepEqual(
      failed.map(({ deadLetterId, because }) => [deadLetterId, because]),
      ['m3', 'm5'].map((name) => [world.idOf(name), 'AGAIN']),
    );
    assert.partialDeepStrictEqual(await world.letter('m3'), { status: 'open', generation: 2, reason: 'AGAIN' });
    assert.partialDeepStrictEqual(await world.letter('m50'), { status: 'open', generation: 1 });
  });

  it('stops before its last step has ended if a hundred have ended and too many have failed', async () => {
    const world = redriveRun();
    for (const name of names(1000)) world.behaviours.set(world.idOf(name), 'fails');
    await world.start(names(1000), { canary: [] });
    const { status, counts } = await world.untilOver();
    assert.equal(status, 'stopped');
    assert.ok(counts.failedAgain >= 100 && counts.failedAgain < 300, JSON.stringify(counts));
    assert.equal(counts.waiting, 1000 - counts.failedAgain);
  });

  for (const members of [2, 300]) {
    it(`opens a settled member again whose worker died, when it is stopped: one of ${members}`, async () => {
      const world = redriveRun();
      await world.start(names(members), { canary: [], ratePerSecond: 500 });
      world.verdicts.set(world.idOf('m0'), { verdict: 'unknown' });
      await world.run({}, 10_000);
      const mark = { generation: 1, redriveId: 'redrive-1', actor: 'operator', at: new Date(0).toISOString() };
      await world.store.changeDeadLetter(world.idOf('m0'), marked(mark));
      await world.command({ type: 'StopRedrive' });
      await world.untilOver();
      assert.partialDeepStrictEqual(await world.letter('m0'), { status: 'open', generation: 1 });
    });
  }

  it('skips a member that is not what it was when the set was frozen, with the reason', async () => {
    const world = redriveRun();
    await world.start(names(6), { canary: [] });
    const change = (name: string, ...[to]: Parameters<typeof marked>) =>
      world.store.changeDeadLetter(world.idOf(name), marked(to));
    const at = new Date(0).toISOString();
    await change('m0', { generation: 1, redriveId: 'other', actor: 'alarm:dead-letters', at });
    await world.store.changeDeadLetter(world.idOf('m1'), (letter) => letter && { ...letter, status: 'resolved' });
    await world.store.changeDeadLetter(world.idOf('m2'), (letter) => letter && { ...letter, status: 'discarded' });
    await world.store.changeDeadLetter(world.idOf('m3'), (letter) => letter && { ...letter, status: 'resolved' });
    await world.fail('m3', 'LATER');
    world.verdicts.set(world.idOf('m4'), { verdict: 'dropped', reason: 'UNKNOWN_TYPE' });
    const { status, counts } = await world.untilOver();
    assert.deepEqual([status, counts.skipped, counts.resolved], ['done', 5, 1]);
    assert.deepEqual(
      (await world.members()).map(({ because }) => because),
      ['IN_REDRIVE/other/alarm%3Adead-letters', 'RESOLVED', 'DISCARDED', 'FAILED_SINCE', 'UNKNOWN_TYPE', undefined],
    );
    assert.deepEqual(
      world.sends.map(({ id }) => id),
      [world.idOf('m5')],
    );
    assert.partialDeepStrictEqual(await world.letter('m3'), { status: 'open', generation: 2 });
    assert.partialDeepStrictEqual(await world.letter('m4'), { status: 'open', generation: 1 });
  });

  it('skips a member that was open and has failed in another way: its group was not planned', async () => {
    const world = redriveRun();
    await world.start(names(3), { canary: [] });
    await world.fail('m0', 'ANOTHER');
    await world.fail('m1');
    const { changeDeadLetter } = world.ports.letters;
    const ports = {
      ...world.ports.letters,
      changeDeadLetter: async (...[id, change, known]: Parameters<typeof changeDeadLetter>) => {
        // Between the read and the mark.
        if (id === world.idOf('m2')) await world.fail('m2', 'ANOTHER');
        return changeDeadLetter(id, change, id === world.idOf('m2') ? undefined : known);
      },
    };
    const { status, counts } = await world.untilOver({ letters: ports });
    assert.deepEqual([status, counts.skipped, counts.resolved], ['done', 2, 1]);
    assert.deepEqual(
      (await world.members()).map(({ because }) => because),
      ['FAILED_SINCE', undefined, 'FAILED_SINCE'],
    );
    for (const name of ['m0', 'm2'])
      assert.partialDeepStrictEqual(await world.letter(name), { status: 'open', generation: 1, reason: 'ANOTHER' });
  });

  for (const members of [5, 600]) {
    it(`sends nothing while an outcome is unknown, and sends or drops it when it is settled: ${members} members`, async () => {
      const world = redriveRun();
      await world.start(names(members), { canary: [1], ratePerSecond: 500 });
      for (const name of ['m0', 'm1', 'm2']) world.verdicts.set(world.idOf(name), { verdict: 'unknown' });
      await world.run({}, 10_000);
      assert.deepEqual((await world.redrive()).counts, {
        ...{ waiting: 0, sent: 0, resolved: members - 3, failedAgain: 0, skipped: 0, unknown: 3 },
      });
      assert.equal((await world.redrive()).status, 'running');
      world.verdicts.set(world.idOf('m0'), { verdict: 'alreadyDone' });
      world.verdicts.set(world.idOf('m1'), { verdict: 'dropped', reason: 'FAILED' });
      const { status, counts } = await world.untilOver();
      assert.deepEqual(counts, { waiting: 0, sent: 0, resolved: members - 2, failedAgain: 0, skipped: 1, unknown: 1 });
      assert.equal(status, 'done');
      assert.partialDeepStrictEqual(await world.letter('m2'), { status: 'open', generation: 1, history: [] });
      assert.equal(world.sends.length, members - 2);
    });
  }

  it('sends settled members at its rate, and not while their subscriber is paused', async () => {
    const world = redriveRun();
    const members = names(60);
    await world.start(members, { canary: [], ratePerSecond: 10 });
    for (const name of members) world.verdicts.set(world.idOf(name), { verdict: 'unknown' });
    await world.run({}, 10_000);
    assert.deepEqual([world.sends.length, (await world.redrive()).counts.unknown], [0, 60]);
    world.paused.set('send-email', { since: '2026-11-30T10:00:00.000Z', actor: 'ada' });
    world.verdicts.clear();
    await world.run({}, 90_000);
    assert.equal(world.sends.length, 0);
    world.paused.clear();
    const { status, counts } = await world.untilOver();
    assert.deepEqual([status, counts.resolved], ['done', 60]);
    const rate = rateOf(world.sends);
    assert.ok(rate <= 12, `${rate} instead of 10`);
    const [first] = [...Map.groupBy(world.sends, ({ at }) => at).values()];
    assert.equal(first?.length, 5, 'a page has what the rate allows in half a second');
  });

  it('waits for a newer release that has written a row, and says so', async () => {
    const world = redriveRun();
    await world.start(names(5), { canary: [] });
    const readDeadLetters = () => Promise.reject(new NewerVersion('The row has version 9.'));
    const from = world.clock.now();
    await world.run({ letters: { ...world.store, readDeadLetters } }, 70_000);
    assert.equal(world.clock.now(), from, 'its worker does not wait');
    const waiting = await world.redrive();
    assert.deepEqual(
      [waiting.status, waiting.failures, redriveView(waiting).waitsBecause],
      ['running', 0, 'NEWER_VERSION'],
    );
    assert.ok(world.log.lines.some(({ message }) => message.startsWith('Redrive waits: a row of a dead letter')));
    const { status, counts, ...over } = await world.untilOver();
    assert.deepEqual([status, counts.resolved, over.progress?.waitsBecause], ['done', 5, undefined]);
  });

  it('judges a step by members that were handled again, not by those that are only recognised', async () => {
    const world = redriveRun();
    await world.start(names(20), { canary: [1, 2] });
    for (const name of ['m0', 'm1', 'm2']) world.verdicts.set(world.idOf(name), { verdict: 'alreadyDone' });
    world.behaviours.set(world.idOf('m3'), 'fails');
    const { status, steps, counts } = await world.untilOver();
    assert.deepEqual([status, counts.resolved, counts.failedAgain, world.sends.length], ['stopped', 3, 1, 4]);
    assert.partialDeepStrictEqual(steps[0], {
      size: 4,
      status: 'failed',
      sent: 4,
      resolved: 3,
      alreadyDone: 3,
      share: 1,
    });
    assert.equal(redriveView(await world.redrive()).steps[0]?.alreadyDone, 3);
  });

  it('has no share for a step of which all were only recognised, and sends them at its rate', async () => {
    const world = redriveRun();
    await world.start(names(600), { canary: [1, 10], ratePerSecond: 50 }, 'alreadyDone');
    for (const name of names(600)) world.verdicts.set(world.idOf(name), { verdict: 'alreadyDone' });
    const { status, steps } = await world.untilOver();
    assert.equal(status, 'done');
    assert.deepEqual(steps, [
      { size: 600, status: 'passed', sent: 600, resolved: 600, failedAgain: 0, pending: 0, alreadyDone: 600 },
    ]);
    assert.ok(rateOf(world.sends) >= 40, `${rateOf(world.sends)} instead of 50`);
  });

  it('counts a message that nothing becomes of as a failure, and opens its dead letter again', async () => {
    const world = redriveRun();
    world.behaviours.set(world.idOf('m0'), 'lost');
    await world.start(names(3), { canary: [], stopAbove: 0.5 });
    const { status, counts, endedAt = '', startedAt = '' } = await world.untilOver();
    assert.deepEqual([status, counts.resolved, counts.failedAgain], ['done', 2, 1]);
    assert.ok(Date.parse(endedAt) - Date.parse(startedAt) >= 60_000);
    assert.partialDeepStrictEqual(await world.letter('m0'), { status: 'open', generation: 1 });
    assert.equal((await world.members())[0]?.because, 'NOT_HANDLED_IN_TIME');
  });
});
