import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dying, Killed, redriveRun } from '#test/support/redrive-run.ts';

const CANARY = [1, 10, 100];
const TRANSIENT = 280;
const LATER = 50;
/** A page is sent each half second. */
const PAGES_PER_SECOND = 2;

type Sent = { id: string; at: number };

/** Messages in a second over whole pages: the last one is not over when the last message is sent. */
function rateOf(sends: readonly Sent[]): number {
  const [first, last] = [sends[0]?.at ?? 0, sends.at(-1)?.at ?? 0];
  return (sends.filter(({ at }) => at < last).length * 1000) / (last - first);
}

/** The most messages within a second. */
const mostInOneSecond = (sends: readonly Sent[]): number =>
  Math.max(...sends.map(({ at: from }) => sends.filter(({ at }) => at >= from && at < from + 1000).length));

/*
 * The rate of the acceptance (test/faults/redrive.test.ts), on the times that the function computes with the clock that is
 * passed. On a real machine, the rate would also be the machine's.
 */
describe('the rate of a redrive with a canary', () => {
  const names = Array.from({ length: TRANSIENT }, (_, index) => `m${index}`);

  for (const latencyMs of [200, 3000]) {
    it(`is the requested one within each step, whose verdicts take ${latencyMs} ms`, async () => {
      const world = redriveRun({ latencyMs });
      await world.start(names, { canary: CANARY, ratePerSecond: 50 });
      await world.untilOver();
      assert.deepEqual([world.sends.length, world.handled.size], [TRANSIENT, TRANSIENT]);
      // The third step has 100 messages, and the fourth has the rest.
      for (const [from, to] of [
        [11, 111],
        [111, TRANSIENT],
      ]) {
        const step = world.sends.slice(from, to);
        const rate = rateOf(step);
        assert.ok(Math.abs(rate - 50) <= 10, `${rate} instead of 50`);
      }
      // The page that was late because of the verdict is made up for once.
      assert.ok(mostInOneSecond(world.sends) <= 50 + 50 / PAGES_PER_SECOND);
    });
  }

  it('is not exceeded after its function was killed twice, and new failures are not sent', async () => {
    const world = redriveRun();
    await world.start(names, { canary: CANARY, ratePerSecond: 50 });
    for (const [index, calls] of [120, 220].entries()) {
      const { ports, isDead } = dying({ ...world.ports, worker: `dies-${index}` }, calls, true);
      await world.run(ports).catch((error) => assert.ok(error instanceof Killed));
      assert.ok(isDead());
    }
    for (let index = 0; index < LATER; index += 1) await world.fail(`later-${index}`);
    const { counts, status } = await world.untilOver();
    assert.deepEqual([status, counts.resolved], ['done', TRANSIENT]);
    const sent = new Map(world.sends.map((one) => [one.id, one]));
    assert.deepEqual(new Set(sent.keys()), new Set(names.map(world.idOf)));
    assert.ok(mostInOneSecond([...sent.values()]) <= 50 + 50 / PAGES_PER_SECOND);
    const later = await Promise.all(Array.from({ length: LATER }, (_, index) => world.letter(`later-${index}`)));
    assert.deepEqual(
      later.map(({ status: now, generation, history }) => [now, generation, history]),
      later.map(() => ['open', 1, []]),
    );
  });
});
