import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkProperty } from '#test/support/random-runs.ts';
import { type Behaviour, dying, Killed, names, redriveRun } from '#test/support/redrive-run.ts';

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
