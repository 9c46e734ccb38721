import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Erasure } from '#shared/erasure/erasure.ts';
import type { StateStores } from '#shared/once/ports.ts';
import { BOB, createErasing, erasureIdIn, idOf, newer, order, readableAgain } from './erasing.ts';

describe('the progress of an erasure', () => {
  it('is written down after every page', async () => {
    const { post, eraseCustomer, wakeOnce, erasure, store, clock } = createErasing();
    for (let count = 0; count < 250; count += 1) await post('/orders', order(BOB, 'bob-1'));
    const accepted = await eraseCustomer('bob-1');
    clock.advance(10_000);
    const seen: (string | undefined)[] = [];
    // It dies with the third page.
    let pages = 0;
    const statesOf: StateStores['statesOf'] = (shape) => {
      const states = store.statesOf(shape);
      const replace: typeof states.replace = async (...write) => {
        pages += 1;
        if (pages === 3) throw new Error('The process is gone.');
        const result = await states.replace(...write);
        seen.push((await erasure(accepted)).after);
        return result;
      };
      return { ...states, replace };
    };
    await wakeOnce({ statesOf });
    assert.deepEqual([seen.length, (await erasure(accepted)).erased], [2, 200]);
    assert.equal((await erasure(accepted)).after, seen[1]);
  });

  it('is left to a newer release where that has written it', async () => {
    const { post, eraseCustomer, wake, wakeOnce, finish, dueErasures, notification, clock, log, damage } =
      createErasing();
    const placed = await post('/orders', order(BOB, 'bob-1'));
    const erasureId = erasureIdIn(await eraseCustomer('bob-1'));
    damage(erasureId, newer);
    assert.equal(await wake(), 1);
    clock.advance(59_000);
    assert.deepEqual(await dueErasures(), []);
    clock.advance(1000);
    await wakeOnce();
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
    damage(erasureId, readableAgain);
    await finish();
    assert.equal((await notification(idOf(placed))).content, undefined);
  });

  it('of two processes at the same page is counted once', async () => {
    const { post, eraseCustomer, wakeOnce, erasure, clock, finish } = createErasing();
    for (let count = 0; count < 30; count += 1) await post('/orders', order(BOB, 'bob-1'));
    const accepted = await eraseCustomer('bob-1');
    clock.advance(10_000);
    await Promise.all([wakeOnce(), wakeOnce()]);
    await finish();
    assert.ok((await erasure(accepted)).erased <= 30);
  });

  it('of the release before is continued, and asked for again', async () => {
    for (const old of ['RUNNING', 'DONE'] as const) {
      const { post, eraseCustomer, finish, notification, erasures, clock, erasure, storedErasure } = createErasing();
      const placed = [];
      for (let count = 0; count < 3; count += 1) placed.push(await post('/orders', order(BOB, 'bob-1')));
      const accepted = await eraseCustomer('bob-1');
      const { key, stored } = await storedErasure(accepted);
      const { scope, requestedAt, correlationId } = stored.state;
      const common = { scope, requestedAt, correlationId, erased: 2 };
      const state: Erasure =
        old === 'DONE'
          ? { ...common, status: 'DONE', doneAt: requestedAt }
          : { ...common, status: 'RUNNING', dueAt: clock.now() };
      const due = state.dueAt === undefined ? {} : { due: { kind: 'erasure' as const, at: state.dueAt } };
      await erasures.replace(key, stored.version, { schemaVersion: 1, version: stored.version + 1, state, ...due });
      assert.equal(JSON.parse((await eraseCustomer('bob-1')).body).alreadyRunning, old === 'RUNNING');
      await finish();
      assert.equal((await erasure(accepted)).status, 'DONE');
      for (const one of placed) assert.equal((await notification(idOf(one))).content, undefined);
    }
  });
});
