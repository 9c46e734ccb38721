import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pacer } from '#shared/delivery/pacer.ts';
import { manualClock } from '#test/support/ports.ts';

describe('a pacer', () => {
  it('spreads calls evenly by recipients, and does not wait longer than makes sense', async () => {
    const clock = manualClock();
    const start = clock.now();
    const pace = pacer(2, { clock, timer: clock });
    const turns: number[] = [];
    for (const weight of [1, 1, 3, 1]) {
      assert.equal(await pace.turn(weight, 10_000), true);
      turns.push(clock.now() - start);
    }
    assert.deepEqual(turns, [0, 500, 1000, 2500]);
    assert.equal(await pace.turn(1, 499), false);
    assert.equal(clock.now() - start, 2500, 'refused without waiting');
    assert.equal(await pace.turn(1, 500), true);
  });
});
