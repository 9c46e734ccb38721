import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CacheLimits, readThroughCache } from '#shared/once/read-through-cache.ts';
import { manualClock } from '#test/support/ports.ts';

const AGE_MS = 1000;
const HOURS_MS = 5 * 3_600_000;

/** A cache of numbers: each read has the next one. Reads end when the test says so, if it asks for that. */
function counting(limits: Partial<CacheLimits> = {}) {
  const clock = manualClock();
  const cache = readThroughCache<number>({ maximumAgeMs: AGE_MS, maximumEntries: 2, clock, ...limits });
  const read: string[] = [];
  const get = async (key: string): Promise<number> => {
    const { value } = await cache.get(key, async () => read.push(key));
    return value;
  };
  return { clock, cache, read, get };
}

describe('a read-through cache', () => {
  it('reads a key again when its value has reached the maximum age', async () => {
    const { clock, get } = counting();
    assert.deepEqual([await get('a'), await get('b'), await get('a')], [1, 2, 1]);
    clock.advance(AGE_MS - 1);
    assert.equal(await get('a'), 1);
    clock.advance(1);
    assert.deepEqual([await get('a'), await get('a')], [3, 3]);
  });

  it('counts the age from the time before the read', async () => {
    const { clock, cache } = counting();
    const slow = async (): Promise<number> => {
      clock.advance(AGE_MS);
      return 1;
    };
    const { value, readAt } = await cache.get('a', slow);
    assert.deepEqual([value, cache.isFresh(readAt)], [1, false]);
    assert.equal((await cache.get('a', async () => 2)).value, 2);
  });

  it('reads again after the environment was frozen for hours, and after the clock was set back', async () => {
    const { clock, get } = counting();
    await get('a');
    clock.advance(HOURS_MS);
    assert.equal(await get('a'), 2);
    clock.advance(-HOURS_MS);
    assert.equal(await get('a'), 3);
  });

  it('shares one read among callers of the same key at the same time', async () => {
    const { read, get } = counting();
    assert.deepEqual(await Promise.all([get('a'), get('a'), get('b'), get('a')]), [1, 1, 2, 1]);
    assert.deepEqual(read, ['a', 'b']);
  });

  it('does not cache a read that failed: all of its callers get the error, and the next one reads', async () => {
    const { cache, get } = counting();
    const failing = () => cache.get('a', () => Promise.reject(new Error('no answer')));
    const results = await Promise.allSettled([failing(), failing()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(await get('a'), 1);
  });

  it('keeps a newer value when an older read ends after it, with a value or an error', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const { clock, cache } = counting();
      const old = Promise.withResolvers<number>();
      const waiting = cache.get('a', () => old.promise);
      clock.advance(AGE_MS);
      assert.equal((await cache.get('a', async () => 2)).value, 2);
      if (end === 'resolve') old.resolve(1);
      else old.reject(new Error('no answer'));
      await waiting.catch(() => undefined);
      assert.equal((await cache.get('a', async () => 3)).value, 2);
    }
  });

  it('has at most its number of entries: the value that was read first makes room', async () => {
    const { clock, read, get } = counting();
    await get('a');
    await get('b');
    clock.advance(AGE_MS);
    // Read again, it is the newest.
    await get('a');
    await get('c');
    await get('a');
    assert.deepEqual(read, ['a', 'b', 'a', 'c']);
    await get('b');
    await get('a');
    assert.deepEqual(read, ['a', 'b', 'a', 'c', 'b', 'a']);
  });

  it('keeps values that never change, with a maximum age of infinity', async () => {
    const { clock, get } = counting({ maximumAgeMs: Number.POSITIVE_INFINITY });
    await get('a');
    clock.advance(HOURS_MS);
    assert.equal(await get('a'), 1);
  });
});
