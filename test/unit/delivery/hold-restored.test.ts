import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { beginHold, type HoldProgress, holdRestored } from '#shared/delivery/hold-restored.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import {
  AFTER,
  BEFORE,
  inStatus,
  keyOf,
  OPEN,
  putNotification,
  RESTORED_AT,
  STATUSES,
} from '#test/support/notifications.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { createWorld, type World } from '#test/support/world/world.ts';

type Mix = { status: Notification['status']; isOld: boolean }[];
/** After how many commits, counted from the last one, the store fails; and whether what was kept is lost as well. */
type Crash = { after: number; forgets: boolean };

/** Runs until a run comes to its end, however often the store fails on the way. */
async function holdDespite(crashes: Crash[], { store, ports: common }: World, parts: number): Promise<number> {
  let kept: HoldProgress | undefined;
  let runs = 0;
  for (const crash of [...crashes, { after: Number.POSITIVE_INFINITY, forgets: false }]) {
    runs += 1;
    let left = crash.after;
    const commit: typeof store.commit = async (request) => {
      left -= 1;
      if (left < 0) throw new StoreUnavailable('gone');
      return store.commit(request);
    };
    const ports = { ...common(), store: { ...store, commit }, scan: store, pace: { turn: async () => 'now' as const } };
    const keep = (progress: HoldProgress): void => {
      kept = progress;
    };
    try {
      await holdRestored(kept ?? beginHold(RESTORED_AT, parts), keep, ports);
      return runs;
    } catch (error) {
      if (!(error instanceof TemporarilyUnavailable)) throw error;
      if (crash.forgets) kept = undefined;
    }
  }
  return assert.fail('the last run cannot fail');
}

describe('holding any mix of notifications', () => {
  const mixes = fc.array(fc.record({ status: fc.constantFrom(...STATUSES), isOld: fc.boolean() }), { maxLength: 30 });
  const crashPoints = fc.array(fc.record({ after: fc.nat(8), forgets: fc.boolean() }), { maxLength: 4 });

  it('holds every old unfinished one once and touches no other, whenever the store fails', async () => {
    let failures = 0;
    const property = fc.asyncProperty(
      mixes,
      crashPoints,
      fc.integer({ min: 1, max: 5 }),
      async (mix, crashes, parts) => {
        const world = createWorld({ ports: { settings: { outboxGraceMs: 1, budgetMs: 100 } } });
        for (const [index, { status, isOld }] of mix.entries())
          await putNotification(world.store, `o${index}`, inStatus(status, isOld ? BEFORE : AFTER));
        failures += (await holdDespite(crashes, world, parts)) - 1;
        await assertHeldOnce(mix, world.store);
      },
    );
    await checkProperty('hold-restored', property);
    assert.ok(failures > 0, 'no store ever failed');
  });
});

async function assertHeldOnce(mix: Mix, store: MemoryStore): Promise<void> {
  for (const [index, { status, isOld }] of mix.entries()) {
    const key = keyOf(`o${index}`);
    const { state, version } = (await store.read(key)) ?? assert.fail();
    const records = [...store.outbox.values()].filter(({ subject }) => subject.id === key.id);
    if (isOld && OPEN.includes(status)) {
      const { status: now, reason } = state as Extract<Notification, { status: 'HELD' }>;
      assert.deepEqual([now, reason, version, records.length], ['HELD', 'RESTORED', 2, 1]);
    } else {
      assert.deepEqual([state, version, records.length], [inStatus(status, isOld ? BEFORE : AFTER), 1, 0]);
    }
  }
}
