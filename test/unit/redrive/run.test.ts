import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { DEAD_LETTER, deadLetterKey } from '#shared/once/dead-letter.ts';
import { type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { marked } from '#shared/once/redriven-letter.ts';
import { MOST_AT_ONCE } from '#shared/redrive/delivery.ts';
import { REDRIVE_DUE } from '#shared/redrive/redrive.ts';
import { LEASE_MS, type RunPorts, redriveWaker } from '#shared/redrive/run.ts';
import { redriveView } from '#shared/redrive/view.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { type Behaviour, dying, KEY, Killed, redriveRun } from '#test/support/redrive-run.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

/** Messages in a second after the first page, over the time in which they were sent. */
function rateOf(sends: readonly { at: number }[]): number {
  const [first, last] = [sends[0]?.at ?? 0, sends.at(-1)?.at ?? 0];
  return (sends.filter(({ at }) => at > first).length * 1000) / (last - first);
}

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
    await world.run({ letters: { ...world.store, readDeadLetters } }, 70_000);
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

describe('a redrive whose function dies', () => {
  const BEHAVIOURS: Record<string, Behaviour> = { m7: 'fails', m11: 'lost' };

  async function killedAt(at: number, isAfter: boolean): Promise<boolean> {
    const world = redriveRun({ longestWaitMs: 10_000 });
    for (const [name, behaviour] of Object.entries(BEHAVIOURS)) world.behaviours.set(world.idOf(name), behaviour);
    await world.start(names(16), { canary: [1, 5], stopAbove: 0.5, ratePerSecond: 8 });
    const { ports, isDead } = dying({ ...world.ports, worker: 'dies' }, at, isAfter);
    await world.run(ports).catch((error) => assert.ok(error instanceof Killed));
    const { status, counts, steps } = await world.untilOver();
    const about = `killed ${isAfter ? 'after' : 'before'} call ${at}`;
    assert.equal(status, 'done', about);
    assert.deepEqual(counts, { waiting: 0, sent: 0, resolved: 14, failedAgain: 2, skipped: 0, unknown: 0 }, about);
    assert.deepEqual(
      steps.map(({ sent }) => sent),
      [1, 5, 10],
      about,
    );
    for (const name of names(16)) {
      const { status: letterStatus, generation } = await world.letter(name);
      const expected = name === 'm7' ? ['open', 2] : name === 'm11' ? ['open', 1] : ['resolved', 1];
      assert.deepEqual([letterStatus, generation], expected, `${about}: ${name}`);
    }
    // A page at most is sent twice, with the same ids.
    assert.ok(world.sends.length <= 16 + 4, about);
    return isDead();
  }

  it('before or after any of its calls: loses nothing, and counts nothing twice', async () => {
    let kills = 0;
    for (let at = 1; await killedAt(at, false); at += 1) {
      await killedAt(at, true);
      kills += 2;
    }
    assert.ok(kills > 100, `${kills} kills`);
  });
});

describe('random redrives', () => {
  const behaviour = fc.constantFrom<Behaviour>('ok', 'ok', 'ok', 'ok', 'fails', 'lost');

  it('end with every member accounted for, whatever happens', async () => {
    await checkProperty(
      'redrive',
      fc.asyncProperty(
        fc.array(behaviour, { minLength: 1, maxLength: 300 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 3 }),
        fc.record({ rate: fc.integer({ min: 5, max: 500 }), stopAbove: fc.double({ min: 0, max: 1, noNaN: true }) }),
        fc.array(fc.record({ at: fc.integer({ min: 1, max: 400 }), isAfter: fc.boolean() }), { maxLength: 3 }),
        async (behaviours, canary, { rate, stopAbove }, kills) => {
          const world = redriveRun();
          for (const [index, one] of behaviours.entries()) world.behaviours.set(world.idOf(`m${index}`), one);
          await world.start(names(behaviours.length), {
            ...{ canary: canary.sort((one, other) => one - other), stopAbove, ratePerSecond: rate },
          });
          for (const [index, { at, isAfter }] of kills.entries()) {
            const { ports } = dying({ ...world.ports, worker: `dies-${index}` }, at, isAfter);
            await world.run(ports).catch((error) => assert.ok(error instanceof Killed));
          }
          const { counts, status } = await world.untilOver();
          const members = await world.members();
          const of = (result: string | undefined) => members.filter((member) => member.result === result).length;
          assert.deepEqual(counts, {
            ...{ waiting: of(undefined), sent: 0, resolved: of('resolved'), failedAgain: of('failedAgain') },
            ...{ skipped: 0, unknown: 0 },
          });
          assert.equal(of('resolved'), world.handled.size);
          assert.equal(status === 'done', of(undefined) === 0 && status !== 'stopped');
          for (const [index, one] of members.entries()) {
            const letter = await world.letter(`m${index}`);
            const expected = one.result === 'resolved' ? 'resolved' : 'open';
            assert.equal(letter.status, expected, `m${index} ${one.result}`);
          }
        },
      ),
      15,
    );
  });
});
