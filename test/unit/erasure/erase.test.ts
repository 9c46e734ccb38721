import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claimed } from '#shared/notification/notification.ts';
import type { ContentStore, NotificationStore } from '#shared/notification/ports.ts';
import { ADA, BOB, createErasing, email, order, type Placed } from './erasing.ts';

describe('erasing personal data', () => {
  it('of a customer takes contents and contacts, cancels what is unsent, and changes nothing of others', async () => {
    const { post, eraseCustomer, finish, notification, orderState, erasure } = createErasing();
    const hers = await post('/orders', order(ADA, 'ada-1'));
    const his = await post('/orders', order(BOB, 'bob-1'));
    const elsewhere = await post('/orders', order(ADA, 'ada-1'), 'globex');
    const accepted = await eraseCustomer('ada-1');
    assert.equal(accepted.statusCode, 202);
    await finish();
    for (const { notificationId } of hers.notifications) {
      const { state, content } = await notification(notificationId);
      assert.equal(content, undefined);
      assert.equal(state.status, 'CANCELLED');
      assert.ok(state.erasedAt);
    }
    const left = await orderState(hers.orderId);
    assert.equal(left.contact, undefined);
    assert.deepEqual([left.customerId, left.total], ['ada-1', 0]);
    const [other] = his.notifications;
    assert.deepEqual((await notification(other?.notificationId ?? '')).content?.recipients, ['bob@example.com']);
    assert.equal((await orderState(his.orderId)).contact?.name, 'Bob');
    assert.ok((await notification(elsewhere.notifications[0]?.notificationId ?? '', 'globex')).content);
    const done = await erasure(accepted);
    assert.deepEqual([done.status, done.erased], ['DONE', 2]);
  });

  it('has the correlation id of its request in the log and in its messages', async () => {
    const { post, eraseCustomer, finish, store, log } = createErasing();
    await post('/orders', order(ADA, 'ada-1'));
    const accepted = await eraseCustomer('ada-1');
    const correlationId = accepted.headers['x-correlation-id'];
    await finish();
    const lines = log.lines.filter(({ message }) => message === 'Personal data erased');
    assert.ok(lines.length > 0);
    for (const { fields } of lines) assert.equal(fields?.correlationId, correlationId);
    const messages = [...store.outbox.values()].flatMap((record) => record.messages.map((text) => JSON.parse(text)));
    const erased = messages.filter(({ type }) => type === 'counterfoil.order.contact-erased.v1');
    assert.deepEqual(
      erased.map(({ correlationid }) => correlationid),
      [correlationId],
    );
  });

  it('of an address takes the whole order’s messages, and of a message to several only this one', async () => {
    const { post, eraseAddress, wake, notification, orderState } = createErasing();
    const placed = await post('/orders', order(ADA));
    const shared = await post('/notifications', email(['ada@example.com', 'bob@example.com']));
    const alone = await post('/notifications', email(['ADA@example.com']));
    await eraseAddress('email', 'Ada@Example.com');
    await wake();
    assert.equal((await orderState(placed.orderId)).contact, undefined);
    for (const { notificationId } of placed.notifications) {
      assert.equal((await notification(notificationId)).content, undefined, 'also by text message');
    }
    const { state, content } = await notification(shared.notificationId);
    assert.deepEqual(content?.recipients, ['', 'bob@example.com']);
    assert.equal(state.status, 'PENDING');
    assert.deepEqual(state.erased, [0]);
    assert.equal((await notification(alone.notificationId)).content, undefined);
    await eraseAddress('email', 'bob@example.com');
    await wake();
    const gone = await notification(shared.notificationId);
    assert.deepEqual([gone.content, gone.state.status], [undefined, 'CANCELLED']);
  });

  it('of an address covers a customer who is registered while it starts, with an order that has the contact', async (t) => {
    const { post, eraseAddress, finish, orderState, customers } = createErasing();
    const look = customers.customersWith;
    let looks = 0;
    let placed: Placed | undefined;
    t.mock.method(customers, 'customersWith', async (tenant: string, recipient: string) => {
      looks += 1;
      const found = await look(tenant, recipient);
      if (looks > 1) return found;
      // After the first look, and before the erasure is stored.
      await post('/customers', { ...ADA, customerId: 'ada-1' });
      placed = await post('/orders', { customerId: 'ada-1', currency: 'EUR', lines: [] });
      return found;
    });
    const accepted = await eraseAddress('email', ADA.email);
    assert.deepEqual(JSON.parse(accepted.body).alreadyRunning, false);
    await finish();
    const customer = await customers.read({ tenant: 'acme', type: 'customer', id: 'ada-1' });
    assert.equal(customer?.state.status, 'erased');
    assert.equal((await orderState(placed?.orderId ?? '')).contact, undefined);
    assert.equal(looks, 3);
  });

  it('keeps what was sent as sent, and forgets what people wrote about it', async () => {
    const { post, eraseAddress, wake, notification, change } = createErasing();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const at = '2026-01-01T00:00:00.000Z';
    await change(notificationId, (state) => ({
      ...state,
      status: 'SENT',
      sentAt: at,
      resolutions: [{ action: 'resend', by: 'eve', reason: 'Ada called', at }],
    }));
    await eraseAddress('email', 'ada@example.com');
    await wake();
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content], ['SENT', undefined]);
    assert.deepEqual(state.resolutions, [{ action: 'resend', by: 'eve', at }]);
  });

  it('waits for what is being sent just now', async () => {
    const { post, eraseAddress, wake, finish, notification, change, clock, erasure } = createErasing();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const claim = { nonce: 'n', now: clock.now(), leaseUntil: clock.now() + 10_000 };
    await change(notificationId, (state) => claimed(state, claim));
    const accepted = await eraseAddress('email', 'ada@example.com');
    assert.equal(await wake(), 1);
    assert.ok((await notification(notificationId)).content);
    assert.equal((await erasure(accepted)).status, 'RUNNING');
    await change(notificationId, (state) => ({ ...state, status: 'SENT', sentAt: '2026-01-01T00:00:00.000Z' }));
    await finish();
    assert.equal((await notification(notificationId)).content, undefined);
    assert.equal((await erasure(accepted)).status, 'DONE');
  });

  it('takes what was asked for before it by an environment whose clock is ahead, and nothing of later', async () => {
    const { post, eraseCustomer, wake, notification, clock } = createErasing();
    const before = await post('/orders', order(ADA, 'ada-1'));
    // The request for the erasure itself takes a second of this clock.
    clock.advance(-1000 - 1900);
    await eraseCustomer('ada-1');
    clock.advance(2000);
    const after = await post('/orders', order(ADA, 'ada-1'));
    await wake();
    const contentOf = async ({ notifications: [first] }: Placed) =>
      (await notification(first?.notificationId ?? '')).content;
    assert.equal(await contentOf(before), undefined);
    assert.ok(await contentOf(after));
  });

  it('takes nothing of what is claimed between its reading and its writing', async () => {
    const { post, eraseAddress, wake, notification, change, clock, erasure, store } = createErasing();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const accepted = await eraseAddress('email', 'ada@example.com');
    const claim = { nonce: 'n', now: clock.now(), leaseUntil: clock.now() + 100_000 };
    let reads = 0;
    const read: NotificationStore['read'] = async (key) => {
      const stored = await store.read(key);
      reads += 1;
      if (reads === 1) await change(notificationId, (state) => claimed(state, claim));
      return stored;
    };
    await wake({ read });
    assert.ok(reads > 0);
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content?.recipients], ['SENDING', ['ada@example.com']]);
    assert.equal((await erasure(accepted)).status, 'RUNNING');
  });

  it('of two recipients at the same time erases both, and then the messages to them', async () => {
    const { post, eraseAddress, finish, notification, erasure, store } = createErasing();
    const { notificationId } = await post('/notifications', email(['ada@example.com', 'bob@example.com']));
    const accepted = [await eraseAddress('email', 'ada@example.com'), await eraseAddress('email', 'bob@example.com')];
    // Each has read the row before the other writes it.
    const bothHaveRead = Promise.withResolvers<void>();
    let reads = 0;
    const read: NotificationStore['read'] = async (key) => {
      const stored = await store.read(key);
      reads += 1;
      if (reads === 2) bothHaveRead.resolve();
      await bothHaveRead.promise;
      return stored;
    };
    await finish({ read });
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content], ['CANCELLED', undefined]);
    assert.deepEqual(state.erased?.toSorted(), [0, 1]);
    for (const one of accepted) assert.equal((await erasure(one)).status, 'DONE');
  });

  it('walks a long log in pages, and continues after a failure without losing or counting anything twice', async () => {
    const { post, eraseCustomer, wake, finish, erasure, store, clock } = createErasing();
    for (let count = 0; count < 120; count += 1) await post('/orders', order(BOB, count % 2 ? 'bob-1' : 'bob-2'));
    const accepted = await eraseCustomer('bob-1');
    let failing = 3;
    const eraseContent: ContentStore['eraseContent'] = async (key, what) => {
      failing -= 1;
      if (failing === 0) throw new Error('The store is gone for a moment.');
      return store.eraseContent(key, what);
    };
    await wake({ eraseContent });
    clock.advance(10_000);
    await finish({ eraseContent });
    const { status, erased } = await erasure(accepted);
    assert.equal(status, 'DONE');
    // Of those before the failure, it is only known that they are erased.
    assert.ok(erased >= 57 && erased <= 60, String(erased));
  });

  it('runs once however often it is requested, and again if it is requested after it is done', async () => {
    const { post, eraseCustomer, finish, erasure } = createErasing();
    await post('/orders', order(BOB, 'bob-1'));
    const first = await eraseCustomer('bob-1');
    assert.equal(JSON.parse(first.body).alreadyRunning, false);
    assert.equal(JSON.parse((await eraseCustomer('bob-1')).body).alreadyRunning, true);
    await finish();
    await post('/orders', order(BOB, 'bob-1'));
    const again = await eraseCustomer('bob-1');
    assert.equal(JSON.parse(again.body).alreadyRunning, false);
    await finish();
    assert.equal((await erasure(again)).erased, 1);
    assert.equal((await eraseCustomer('no id')).statusCode, 404);
  });
});
