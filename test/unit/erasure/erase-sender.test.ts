import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADA, BETWEEN_MS, BOB, createErasing, email, idOf, order } from './erasing.ts';

describe('a sender that finds an erasure', () => {
  it('does not send what was accepted before it, and gives the erasure its id, whatever the log shows', async () => {
    const { post, eraseCustomer, wake, finish, send, provider, notification, orderState, erasure, hidden } =
      createErasing();
    const placed = await post('/orders', order(ADA, 'ada-1'));
    for (const { notificationId } of placed.notifications) hidden.add(notificationId);
    const accepted = await eraseCustomer('ada-1');
    await finish();
    assert.equal((await erasure(accepted)).status, 'DONE');
    assert.equal(await send(idOf(placed)), 'left-to-erasure');
    assert.equal(await send(idOf(placed)), 'left-to-erasure');
    assert.equal((await erasure(accepted)).status, 'RUNNING');
    await wake();
    await finish();
    assert.deepEqual(provider.accepted, []);
    for (const { notificationId } of placed.notifications) {
      const { state, content } = await notification(notificationId);
      assert.deepEqual([state.status, content], ['CANCELLED', undefined], 'also by text message');
    }
    assert.equal((await orderState(placed.orderId)).contact, undefined);
    assert.equal(await send(idOf(placed)), 'not-claimable');
  });

  it('sends what was accepted after it, while it runs and when it is done', async () => {
    const { post, eraseAddress, finish, send, provider, notification } = createErasing();
    await post('/orders', order(BOB));
    await eraseAddress('email', 'bob@example.com');
    // Before that, it may have been accepted by an environment whose clock is ahead.
    for (let seconds = 0; seconds < 2; seconds += 1) await post('/orders', order(ADA));
    const during = await post('/notifications', email(['bob@example.com']));
    assert.equal(await send(during.notificationId), 'accepted');
    await finish();
    const after = await post('/notifications', email(['bob@example.com']));
    assert.equal(await send(after.notificationId), 'accepted');
    await finish();
    assert.equal(provider.accepted.length, 2);
    for (const { notificationId } of [during, after]) assert.ok((await notification(notificationId)).content);
  });

  it('sends to the other recipients once the erasure has taken the one', async () => {
    const { post, eraseAddress, finish, wake, send, provider, hidden } = createErasing();
    const { notificationId } = await post('/notifications', email(['ada@example.com', 'bob@example.com']));
    hidden.add(notificationId);
    await eraseAddress('email', 'ada@example.com');
    await finish();
    assert.equal(await send(notificationId), 'left-to-erasure');
    await wake();
    assert.equal(await send(notificationId), 'accepted');
    assert.deepEqual(
      provider.accepted.map(({ recipients }) => recipients),
      [['bob@example.com']],
    );
  });

  it('finds it for a command that was decided before the request and committed after the walk', async () => {
    const { post, eraseCustomer, finish, send, provider, notification, orderState, erasure, clock } = createErasing();
    const accepted = await eraseCustomer('ada-1');
    const startedAt = clock.now();
    await finish();
    assert.equal((await erasure(accepted)).status, 'DONE');
    const elapsedMs = clock.now() - startedAt;
    clock.advance(-elapsedMs - BETWEEN_MS);
    const late = await post('/orders', order(ADA, 'ada-1'));
    clock.advance(elapsedMs);
    assert.equal(await send(idOf(late)), 'left-to-erasure');
    await finish();
    assert.deepEqual(provider.accepted, []);
    assert.equal((await notification(idOf(late))).content, undefined);
    assert.equal((await orderState(late.orderId)).contact, undefined);
  });

  it('sends nothing where the erasure has no room for the id, and asks again later', async () => {
    const { post, eraseAddress, finish, wake, send, hidden, provider, notification, erasure } = createErasing();
    const ids: string[] = [];
    for (let count = 0; count < 105; count += 1) {
      ids.push((await post('/notifications', email(['ada@example.com']))).notificationId);
    }
    for (const id of ids) hidden.add(id);
    const accepted = await eraseAddress('email', 'ada@example.com');
    await finish();
    for (const id of ids) assert.equal(await send(id), 'left-to-erasure');
    assert.equal((await erasure(accepted)).named?.length, 100);
    await wake();
    for (const id of ids.slice(100)) assert.equal(await send(id), 'left-to-erasure');
    await finish();
    assert.equal(provider.accepted.length, 0);
    for (const id of ids) assert.equal((await notification(id)).content, undefined);
    assert.equal((await erasure(accepted)).erased, 105);
  });
});
