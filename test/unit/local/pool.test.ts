import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Environment } from '#infra/local/runner/environment.ts';
import { createPool } from '#infra/local/runner/pool.ts';

/** An environment that dies between two invocations also rejects the last promise. The pool uses `gone` instead. */
function ignoreUnheard(invocation: Promise<unknown>): void {
  invocation.catch(() => undefined);
}

/** Environments whose invocations end when the test says so. */
function fakes({ broken = false } = {}) {
  const environments: { running: number; ended: boolean; end: (result: unknown) => void; die: () => void }[] = [];
  const start = (): Environment => {
    const gone = Promise.withResolvers<void>();
    let current = Promise.withResolvers<unknown>();
    const fake = {
      running: 0,
      ended: false,
      end: (result: unknown) => current.resolve(result),
      die: () => {
        fake.ended = true;
        current.reject(new Error('died'));
        gone.resolve();
      },
    };
    environments.push(fake);
    ignoreUnheard(current.promise);
    return {
      ready: broken ? Promise.reject(new Error('does not load')) : Promise.resolve(),
      gone: gone.promise,
      kill: fake.die,
      owns: () => false,
      isAlive: () => !fake.ended,
      async invoke() {
        fake.running += 1;
        assert.equal(fake.running, 1, 'one invocation at a time');
        try {
          return await current.promise;
        } finally {
          fake.running -= 1;
          current = Promise.withResolvers();
          ignoreUnheard(current.promise);
        }
      },
    };
  };
  return { environments, start };
}

describe('A pool', () => {
  it('uses an environment again, and starts another one only for work at the same time', async () => {
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 5, idleMs: 10_000 });
    const first = pool.invoke('a');
    await turn();
    environments[0]?.end('one');
    assert.equal(await first, 'one');
    const [second, third] = [pool.invoke('b'), pool.invoke('c')];
    await turn();
    assert.equal(environments.length, 2);
    for (const { end } of environments) end('more');
    assert.deepEqual(await Promise.all([second, third]), ['more', 'more']);
    await pool.close();
  });

  it('lets work wait rather than start more than it may', async () => {
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 1, idleMs: 10_000 });
    const [first, second] = [pool.invoke('a'), pool.invoke('b')];
    await turn();
    environments[0]?.end(1);
    assert.equal(await first, 1);
    await turn();
    environments[0]?.end(2);
    assert.equal(await second, 2);
    assert.equal(environments.length, 1);
    await pool.close();
  });

  it('starts a new environment after one died', async () => {
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 1, idleMs: 10_000 });
    const first = pool.invoke('a');
    await turn();
    environments[0]?.die();
    await assert.rejects(first, /died/);
    const second = pool.invoke('b');
    await turn();
    environments[1]?.end('again');
    assert.equal(await second, 'again');
    await pool.close();
  });

  it('rejects waiting calls if a bundle does not load', async () => {
    const { start } = fakes({ broken: true });
    const pool = createPool({ start, maximum: 5, idleMs: 10_000 });
    await assert.rejects(pool.invoke('a'), /does not load/);
    await pool.close();
  });

  it('ends an environment that has nothing to do', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 5, idleMs: 1000 });
    const first = pool.invoke('a');
    await turn();
    environments[0]?.end(null);
    await first;
    await turn();
    test.mock.timers.tick(999);
    assert.equal(environments[0]?.ended, false);
    test.mock.timers.tick(1);
    assert.equal(environments[0]?.ended, true);
    await pool.close();
  });

  it('starts nothing any more once it is closed', async () => {
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 5, idleMs: 10_000 });
    await pool.close();
    await assert.rejects(pool.invoke('a'), /The local cloud stops/);
    assert.equal(environments.length, 0);
  });

  it('knows when it is untilIdle', async () => {
    const { environments, start } = fakes();
    const pool = createPool({ start, maximum: 1, idleMs: 10_000 });
    const work = pool.invoke('a');
    let untilIdle = false;
    const waiting = pool.untilIdle().then(() => {
      untilIdle = true;
    });
    await turn();
    assert.equal(untilIdle, false);
    environments[0]?.end(null);
    await Promise.all([work, waiting]);
    await pool.close();
  });
});
