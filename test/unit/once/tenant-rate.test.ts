import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { type RequestCounts, TooManyRequests, tenantRate, WINDOW_MS } from '#shared/once/tenant-rate.ts';
import { manualClock, memoryLog } from '#test/support/ports.ts';

/** Counts of requests that several environments share, in memory, with the number of writes. */
function sharedCounts() {
  const latest = new Map<string, { window: number; requests: number }>();
  const written: number[] = [];
  const counts: RequestCounts = {
    async add(tenant, { window, requests }) {
      written.push(requests);
      const known = latest.get(tenant);
      if (known && known.window > window) return undefined;
      const total = (known?.window === window ? known.requests : 0) + requests;
      latest.set(tenant, { window, requests: total });
      return total;
    },
  };
  return { counts, written };
}

/** Environments of a stage that permits each tenant `ratePerSecond`. */
function world(ratePerSecond: number, environments = 1) {
  const clock = manualClock();
  const log = memoryLog();
  const { counts, written } = sharedCounts();
  const rates = Array.from({ length: environments }, () => tenantRate(ratePerSecond, { counts, clock, log }));
  /** Requests of a tenant, to one environment after the other. @returns how many were permitted. */
  const send = async (requests: number, tenant = 'acme'): Promise<number> => {
    let permitted = 0;
    for (let number = 0; number < requests; number += 1) {
      const rate = rates[number % environments] ?? assert.fail();
      await rate.count(tenant).then(
        () => {
          permitted += 1;
        },
        (error: unknown) => assert.ok(error instanceof TooManyRequests),
      );
    }
    return permitted;
  };
  return { clock, log, counts, written, send };
}

describe('the rate of a tenant', () => {
  it('permits as many commands as the rate has in a window, and refuses the others until it ends', async () => {
    const { clock, send } = world(20);
    assert.equal(await send(500), 200);
    clock.advance(WINDOW_MS - 1);
    assert.equal(await send(10), 0);
    clock.advance(1);
    assert.equal(await send(500), 200);
  });

  it('says when a refused command may come again: at the end of the window', async () => {
    const { clock, counts, log } = world(1);
    const rate = tenantRate(1, { counts, clock, log });
    for (let number = 0; number < 10; number += 1) await rate.count('acme');
    clock.advance(2500);
    await assert.rejects(rate.count('acme'), { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 8 });
    clock.advance(7499);
    await assert.rejects(rate.count('acme'), { retryAfterSeconds: 1 });
  });

  it('is shared by the environments: together they permit hardly more', async () => {
    const { send } = world(20, 10);
    const permitted = await send(2000);
    assert.ok(permitted >= 190 && permitted <= 200 + 10 * 5, `${permitted} of 200`);
  });

  it('costs an ordinary tenant no write, a busy one a write for a block, and a refused command none', async () => {
    const { clock, written, send } = world(1000);
    assert.equal(await send(5), 5);
    assert.deepEqual(written, []);
    clock.advance(WINDOW_MS);
    assert.equal(await send(10_000), 10_000);
    assert.equal(written.length, 100);
    assert.equal(await send(10_000), 0);
    assert.ok(written.length <= 101, `${written.length} writes`);
  });

  it('is one for each tenant', async () => {
    const { send } = world(1);
    assert.equal(await send(100, 'acme'), 10);
    assert.equal(await send(100, 'globex'), 10);
  });

  it('refuses no command because a count cannot be written or another clock is ahead', async () => {
    const { clock, log, send } = world(1);
    const away: RequestCounts = { add: () => Promise.reject(new StoreUnavailable('The table is away.')) };
    const rate = tenantRate(1, { counts: away, clock, log });
    for (let number = 0; number < 100; number += 1) await rate.count('acme');
    // In an outage, a command waits for its count once in a window.
    assert.equal(log.lines.filter(({ message }) => message === 'Requests not counted').length, 1);
    const ahead = tenantRate(1, { counts: { add: async () => undefined }, clock, log });
    for (let number = 0; number < 100; number += 1) await ahead.count('acme');
    assert.equal(await send(100), 10);
  });
});
