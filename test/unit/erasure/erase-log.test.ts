import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Erasure } from '#shared/erasure/erasure.ts';
import { BOB, createErasing, HOUR_MS, idOf, order } from './erasing.ts';

describe('an erasure and a log that is behind its rows', () => {
  it('is done only after a second walk over the recent part found nothing', async () => {
    const { post, eraseCustomer, wake, finish, notification, erasure, hidden } = createErasing();
    const shown = await post('/orders', order(BOB, 'bob-1'));
    const late = await post('/orders', order(BOB, 'bob-1'));
    hidden.add(idOf(late));
    const accepted = await eraseCustomer('bob-1');
    await wake();
    assert.deepEqual([(await erasure(accepted)).status, (await erasure(accepted)).erased], ['RUNNING', 1]);
    hidden.clear();
    await wake();
    // It found something, so there may be more.
    assert.deepEqual([(await erasure(accepted)).status, (await erasure(accepted)).erased], ['RUNNING', 2]);
    await finish();
    for (const placed of [shown, late]) assert.equal((await notification(idOf(placed))).content, undefined);
  });

  it('walks the recent part only, in pauses that grow while it finds something', async () => {
    const { post, eraseCustomer, wake, notification, erasure, clock, hidden } = createErasing();
    const old = await post('/orders', order(BOB, 'bob-1'));
    hidden.add(idOf(old));
    clock.advance(HOUR_MS);
    const recent = [];
    for (let count = 0; count < 4; count += 1) recent.push(await post('/orders', order(BOB, 'bob-1')));
    for (const placed of recent) hidden.add(idOf(placed));
    const accepted = await eraseCustomer('bob-1');
    const pauses: number[] = [];
    for (const placed of recent) {
      await wake();
      pauses.push(((await erasure(accepted)).dueAt ?? 0) - clock.now());
      hidden.delete(idOf(placed));
      if (placed === recent[0]) hidden.delete(idOf(old));
    }
    assert.deepEqual(pauses, [5000, 10_000, 20_000, 40_000]);
    // It was created an hour before, and its entry is as late as that.
    assert.ok((await notification(idOf(old))).content);
  });

  for (const { lateBy, name } of [
    { lateBy: HOUR_MS / 2, name: 'an hour' },
    { lateBy: 23 * HOUR_MS, name: 'a day' },
  ]) {
    it(`looks again when it is done, and takes what is late by ${name}`, async () => {
      const { post, eraseCustomer, wake, finish, notification, orderState, erasure, hidden, clock } = createErasing();
      const late = await post('/orders', order(BOB, 'bob-1'));
      hidden.add(idOf(late));
      const accepted = await eraseCustomer('bob-1');
      await finish();
      assert.deepEqual([(await erasure(accepted)).status, (await erasure(accepted)).erased], ['DONE', 0]);
      assert.ok((await notification(idOf(late))).content);
      clock.advance(lateBy);
      await wake();
      hidden.clear();
      clock.advance(2 * HOUR_MS);
      await wake();
      await finish();
      assert.equal((await notification(idOf(late))).content, undefined);
      assert.equal((await orderState(late.orderId)).contact, undefined);
      assert.deepEqual([(await erasure(accepted)).status, (await erasure(accepted)).erased], ['DONE', 1]);
    });
  }

  it('is not due any more after its late looks', async () => {
    const { post, eraseCustomer, wake, finish, erasure, clock } = createErasing();
    await post('/orders', order(BOB, 'bob-1'));
    const accepted = await eraseCustomer('bob-1');
    await finish();
    const { doneAt } = (await erasure(accepted)) as Extract<Erasure, { status: 'DONE' }>;
    clock.advance(HOUR_MS);
    await wake();
    clock.advance(24 * HOUR_MS);
    await wake();
    const { looks, dueAt, ...over } = (await erasure(accepted)) as Extract<Erasure, { status: 'DONE' }>;
    assert.deepEqual([looks, dueAt, over.doneAt, over.erased], [2, undefined, doneAt, 1]);
  });
});
