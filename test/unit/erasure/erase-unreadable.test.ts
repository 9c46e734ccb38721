import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredState } from '#shared/messaging/rows.ts';
import { openLetters } from '#test/support/open-letters.ts';
import {
  ADA,
  BOB,
  broken,
  createErasing,
  erasureIdIn,
  HOUR_MS,
  idOf,
  newer,
  order,
  readableAgain,
  whole,
} from './erasing.ts';

describe('an erasure that meets what it cannot read', () => {
  for (const { what, hurt, heal, code, isDead } of [
    {
      what: 'a notification of a newer release',
      hurt: newer,
      heal: readableAgain,
      code: 'NEWER_VERSION',
      isDead: false,
    },
    { what: 'a broken notification', hurt: broken, heal: whole, code: 'MALFORMED', isDead: true },
    {
      what: 'a notification without a version',
      hurt: (stored: StoredState<unknown>) => ({ ...stored, schemaVersion: 0 }),
      heal: readableAgain,
      code: 'NO_VERSION',
      isDead: true,
    },
  ]) {
    it(`skips and reports ${what}, erases the rest, and is done once it can be read`, async () => {
      const { post, eraseCustomer, wake, finish, notification, view, store, clock, erasure, damage } = createErasing();
      const older = await post('/orders', order(BOB, 'bob-1'));
      const lost = await post('/orders', order(ADA, 'ada-1'));
      const later = await post('/orders', order(BOB, 'bob-1'));
      damage(idOf(lost), hurt);
      const accepted = await eraseCustomer('bob-1');
      for (let minutes = 0; minutes < 5; minutes += 1) await wake();
      for (const placed of [older, later]) assert.equal((await notification(idOf(placed))).content, undefined);
      const { status, erased, unreadable, unreadableNotifications, doneAt } = await view(accepted);
      assert.deepEqual([status, erased, unreadable, doneAt], ['INCOMPLETE', 2, 1, undefined]);
      assert.deepEqual(unreadableNotifications, [{ notificationId: idOf(lost), code }]);
      const letters = await openLetters(store);
      assert.deepEqual(
        letters.map(({ subscriber, id, reason, message }) => ({ subscriber, id, reason, message })),
        isDead
          ? [
              {
                subscriber: 'wake-due',
                id: `acme/erasure/${idOf(lost)}`,
                reason: code,
                message: JSON.stringify({
                  ...{ tenant: 'acme', notificationId: idOf(lost) },
                  erasureId: erasureIdIn(accepted),
                }),
              },
            ]
          : [],
      );
      damage(idOf(lost), heal);
      clock.advance(6 * HOUR_MS);
      await finish();
      assert.equal((await erasure(accepted)).status, 'DONE');
      assert.equal((await view(accepted)).unreadable, 0);
    });
  }

  it('erases what belongs to an order that cannot be read, and the order once it can be', async () => {
    const { post, eraseCustomer, wake, finish, notification, orderState, view, clock, damage } = createErasing();
    const placed = await post('/orders', order(BOB, 'bob-1'));
    damage(placed.orderId, newer);
    const accepted = await eraseCustomer('bob-1');
    for (let minutes = 0; minutes < 5; minutes += 1) await wake();
    assert.equal((await notification(idOf(placed))).content, undefined);
    assert.deepEqual([(await view(accepted)).status, (await view(accepted)).unreadable], ['INCOMPLETE', 1]);
    damage(placed.orderId, readableAgain);
    assert.ok((await orderState(placed.orderId)).contact);
    clock.advance(6 * HOUR_MS);
    await finish();
    assert.equal((await orderState(placed.orderId)).contact, undefined);
  });

  it('counts more of them than it has room for, and walks the whole log again for those', async () => {
    const { post, eraseCustomer, wake, finish, view, clock, notification, damage } = createErasing();
    const placed: string[] = [];
    for (let count = 0; count < 130; count += 1) placed.push(idOf(await post('/orders', order(BOB, 'bob-1'))));
    const lost = placed.slice(5, 125);
    for (const id of lost) damage(id, newer);
    const accepted = await eraseCustomer('bob-1');
    for (let minutes = 0; minutes < 30; minutes += 1) await wake();
    const { status, unreadable, unreadableNotifications, erased } = await view(accepted);
    assert.deepEqual([status, unreadable, unreadableNotifications?.length, erased], ['INCOMPLETE', 120, 100, 10]);
    for (const id of lost) damage(id, readableAgain);
    clock.advance(6 * HOUR_MS);
    await finish();
    assert.deepEqual([(await view(accepted)).status, (await view(accepted)).erased], ['DONE', 130]);
    for (const id of placed) assert.equal((await notification(id)).content, undefined);
  });
});
