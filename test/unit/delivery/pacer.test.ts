import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AskedTurn, pacer, type Turn } from '#shared/delivery/pacer.ts';
import type { Clock, Timer } from '#shared/messaging/system.ts';

/** A clock that moves to the next waking when nothing else happens. */
function virtualTime() {
  let now = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = { now: () => now };
  const timer: Timer = {
    sleep: (durationMs) =>
      new Promise((resolve) => {
        sleepers.push({ at: now + durationMs, wake: resolve });
      }),
  };
  /** Runs until nothing sleeps any more. */
  const run = async (): Promise<void> => {
    for (;;) {
      await new Promise(setImmediate);
      const at = Math.min(...sleepers.map((one) => one.at));
      if (!Number.isFinite(at)) return;
      now = at;
      const woken = sleepers.filter((one) => one.at === at);
      sleepers = sleepers.filter((one) => one.at !== at);
      for (const { wake } of woken) wake();
    }
  };
  return { clock, timer, run };
}

type Served = { tenant: string; at: number; turn: Turn };

/** Callers of a pacer that permits two recipients in a second, and when each of them was answered. */
function world() {
  const time = virtualTime();
  const pace = pacer(2, time);
  const served: Served[] = [];
  const ask = async (tenant: string, weight = 1, withinMs = 60_000): Promise<void> => {
    const asked: AskedTurn = { tenant, weight, withinMs };
    const turn = await pace.turn(asked);
    served.push({ tenant, at: time.clock.now(), turn });
  };
  return { ...time, ask, served, tenants: () => served.map(({ tenant }) => tenant).join('') };
}

describe('a pacer', () => {
  it('spreads calls evenly by recipients', async () => {
    const { ask, served, run } = world();
    for (const weight of [1, 1, 3, 1]) void ask('a', weight);
    await run();
    assert.deepEqual(
      served.map(({ at }) => at),
      [0, 500, 1000, 2500],
    );
    assert.ok(served.every(({ turn }) => turn === 'now'));
  });

  it('refuses a turn that does not come in time, at once, and says when it is expected', async () => {
    const { ask, served, run } = world();
    for (const withinMs of [0, 499, 500, 999]) void ask('a', 1, withinMs);
    await run();
    assert.deepEqual(served, [
      { tenant: 'a', at: 0, turn: 'now' },
      { tenant: 'a', at: 0, turn: { afterMs: 500 } },
      { tenant: 'a', at: 0, turn: { afterMs: 1000 } },
      { tenant: 'a', at: 500, turn: 'now' },
    ]);
  });

  it('serves a tenant that comes later before the backlog of another one', async () => {
    const { ask, run, tenants, timer } = world();
    for (let count = 0; count < 6; count += 1) void ask('a');
    void timer.sleep(600).then(() => ask('b'));
    await run();
    assert.equal(tenants(), 'aabaaaa');
  });

  it('counts recipients, and not calls', async () => {
    const { ask, run, tenants } = world();
    void ask('a', 4);
    void ask('a', 4);
    void ask('a', 4);
    for (let count = 0; count < 6; count += 1) void ask('b');
    await run();
    assert.equal(tenants(), 'abbbbabba');
  });

  it('does not save up turns for a tenant that asked for none', async () => {
    const { ask, run, tenants, timer } = world();
    for (let count = 0; count < 8; count += 1) void ask('a');
    // The other tenant begins after four turns. It gets half of the rest, and not the next four.
    const later = timer.sleep(1600).then(() => Array.from({ length: 4 }, () => ask('b')));
    await run();
    await later;
    assert.equal(tenants(), 'aaaababababa');
  });

  it('refuses a caller whose turn another tenant took, as soon as that is known', async () => {
    const { ask, served, run, timer } = world();
    void ask('a');
    void ask('a', 1, 600);
    void timer.sleep(100).then(() => ask('b', 10));
    await run();
    const late = served.find(({ turn }) => turn !== 'now');
    assert.deepEqual(late, { tenant: 'a', at: 500, turn: { afterMs: 5000 } });
  });

  it('serves a turn that another caller gave up', async () => {
    const { ask, served, run, timer } = world();
    void ask('a', 4);
    void ask('a', 1, 2100);
    void ask('a', 1, 60_000);
    void timer.sleep(100).then(() => ask('b', 1));
    await run();
    const [, refused, b, last] = served;
    assert.deepEqual(refused, { tenant: 'a', at: 1000, turn: { afterMs: 1500 } });
    assert.deepEqual(b, { tenant: 'b', at: 2000, turn: 'now' });
    assert.deepEqual(last, { tenant: 'a', at: 2500, turn: 'now' });
  });
});
