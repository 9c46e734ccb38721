import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inParallel } from '#shared/once/in-parallel.ts';

describe('work in parallel', () => {
  it('rejects after all work that had begun has ended, and begins no more', async () => {
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 0) throw new RangeError('no');
      await setImmediate();
      ended.push(item);
    };
    await assert.rejects(inParallel([0, 1, 2, 3, 4, 5], 3, work), RangeError);
    assert.deepEqual(ended, [1, 2]);
  });
});
