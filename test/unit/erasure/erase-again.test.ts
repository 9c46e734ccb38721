import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADA, BETWEEN_MS, BOB, createErasing, HOUR_MS, idOf, newer, order, readableAgain } from './erasing.ts';

describe('an erasure that is requested again while it runs', () => {
  it('includes messages from between the two requests, and continues at its position', async () => {
    const { post, eraseCustomer, wake, finish, notification, orderState, erasure, clock } = createErasing();
    const before = await post('/orders', order(ADA, 'ada-1'));
    const first = await eraseCustomer('ada-1');
    await wake();
    assert.equal((await erasure(first)).status, 'RUNNING');
    const between = await post('/orders', order(ADA, 'ada-1'));
    const second = await eraseCustomer('ada-1');
    // What is accepted within two seconds may be from before it, by a clock that is ahead.
    clock.advance(BETWEEN_MS);
    assert.deepEqual(JSON.parse(second.body), { ...JSON.parse(first.body), alreadyRunning: true });
    const after = await post('/orders', order(ADA, 'ada-1'));
    await finish();
    for (const { orderId } of [before, between]) assert.equal((await orderState(orderId)).contact, undefined);
    for (const placed of [before, between]) assert.equal((await notification(idOf(placed))).content, undefined);
    // The customer came back.
    assert.ok((await notification(idOf(after))).content);
    assert.ok((await orderState(after.orderId)).contact);
    assert.equal((await erasure(second)).erased, 4);
  });

  it('loses none of several requests, at any step of the walk', async () => {
    for (let step = 0; step < 4; step += 1) {
      const { post, eraseCustomer, wakeOnce, finish, notification, clock } = createErasing();
      const first = await post('/orders', order(ADA, 'ada-1'));
      await eraseCustomer('ada-1');
      for (let done = 0; done < step; done += 1) {
        clock.advance(10_000);
        await wakeOnce();
      }
      const second = await post('/orders', order(ADA, 'ada-1'));
      await eraseCustomer('ada-1');
      await finish();
      for (const placed of [first, second]) {
        assert.equal((await notification(idOf(placed))).content, undefined, `after step ${step}`);
      }
    }
  });

  it('is not disturbed by a clock that is behind', async () => {
    const { post, eraseCustomer, finish, notification, clock, erasure } = createErasing();
    const before = await post('/orders', order(ADA, 'ada-1'));
    const first = await eraseCustomer('ada-1');
    const { requestedAt } = await erasure(first);
    clock.advance(-2500);
    const again = await eraseCustomer('ada-1');
    assert.equal(JSON.parse(again.body).alreadyRunning, true);
    assert.equal((await erasure(again)).requestedAt, requestedAt);
    clock.advance(2500);
    await finish();
    assert.equal((await notification(idOf(before))).content, undefined);
  });

  it('continues at once, also while it waits for something that cannot be read', async () => {
    const { post, eraseCustomer, wake, clock, erasure, finish, notification, damage } = createErasing();
    const lost = await post('/orders', order(BOB));
    damage(idOf(lost), newer);
    const accepted = await eraseCustomer('ada-1');
    for (let minutes = 0; minutes < 10; minutes += 1) await wake();
    const dueIn = async () => ((await erasure(accepted)).dueAt ?? 0) - clock.now();
    assert.ok((await dueIn()) > 60_000);
    const placed = await post('/orders', order(ADA, 'ada-1'));
    await eraseCustomer('ada-1');
    assert.ok((await dueIn()) <= 5000);
    await wake();
    assert.equal((await notification(idOf(placed))).content, undefined);
    damage(idOf(lost), readableAgain);
    clock.advance(6 * HOUR_MS);
    await finish();
  });
});
