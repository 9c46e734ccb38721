import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erasureWaker } from '#shared/delivery/erase.ts';
import type { Erasure } from '#shared/domain/erasure/erasure.ts';
import { claimed, type Notification } from '#shared/domain/notification/notification.ts';
import { notificationKey } from '#shared/domain/notification/notification-id.ts';
import type { Order } from '#shared/domain/order/order.ts';
import type { ContentStore, DueErasure, NotificationStore } from '#shared/ports.ts';
import { apiInMemory } from '#test/support/command-api.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { countedRandomness } from '#test/support/ports.ts';

const ADA = { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' };
const BOB = { name: 'Bob', email: 'bob@example.com' };
const order = (contact: object, customerId?: string) => ({
  contact,
  currency: 'EUR',
  lines: [],
  ...(customerId && { customerId }),
});
const email = (to: string[], more: object = {}) => ({
  channel: 'email',
  to,
  subject: 'Hello',
  text: 'Hello.',
  ...more,
});

type Placed = { orderId: string; notificationId: string; notifications: { notificationId: string }[] };

function world() {
  const { commands, memory, clock, log } = apiInMemory();
  let keys = 0;
  const post = async (path: string, body: object, tenant = 'acme'): Promise<Placed> => {
    keys += 1;
    clock.advance(1000);
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${keys}` };
    return bodyOf<Placed>(
      await commands(httpEvent({ routeKey: `POST ${path}`, tenant, headers, body: JSON.stringify(body) })),
    );
  };
  const ask = async (routeKey: string, more: object, tenant = 'acme') => {
    clock.advance(1000);
    return commands({ ...httpEvent({ routeKey, tenant }), ...more });
  };
  const eraseCustomer = (customerId: string, tenant?: string) =>
    ask('DELETE /customers/{customerId}/personal-data', { pathParameters: { customerId } }, tenant);
  const eraseAddress = (channel: string, address: string) =>
    ask('DELETE /personal-data', { queryStringParameters: { channel, address } });
  /** What `wake-due` does until nothing is due any more. @returns how often it had to come. */
  const wake = async (
    contents: ContentStore = memory,
    notifications: Pick<NotificationStore, 'read' | 'listOf'> = memory,
  ): Promise<number> => {
    const settings = { outboxGraceMs: 1000, firstClaimMs: 60_000, budgetMs: 5000 };
    const waker = erasureWaker({
      store: memory,
      messageLog: memory,
      notifications,
      contents,
      due: memory,
      clock,
      timer: clock,
      random: countedRandomness(),
      log,
      settings,
    });
    clock.advance(60_000);
    for (let rounds = 0; rounds < 100; rounds += 1) {
      const rows = (await memory.due('erasure', clock.now(), 10)) as DueErasure[];
      if (rows.length === 0) return rounds;
      await waker(rows);
    }
    return assert.fail('It never ends.');
  };
  const notification = async (notificationId: string, tenant = 'acme') => {
    const found = await memory.readWithContent(notificationKey(tenant, notificationId) ?? assert.fail());
    return { state: found?.stored.state as Notification, content: found?.content as { recipients: string[] } };
  };
  const orderState = async (id: string) => (await memory.read({ tenant: 'acme', type: 'order', id }))?.state as Order;
  const erasure = async (answer: { body: string }) => {
    const { erasureId } = JSON.parse(answer.body) as { erasureId: string };
    return (await memory.read({ tenant: 'acme', type: 'erasure', id: erasureId }))?.state as Erasure;
  };
  const change = async (notificationId: string, next: (state: Notification) => Notification): Promise<void> => {
    const key = notificationKey('acme', notificationId) ?? assert.fail();
    const stored = (await memory.read(key)) ?? assert.fail();
    await memory.replace(key, stored.version, {
      ...stored,
      version: stored.version + 1,
      state: next(stored.state as Notification),
    });
  };
  return { post, eraseCustomer, eraseAddress, wake, notification, orderState, erasure, change, memory, clock };
}

describe('erasing personal data', () => {
  it('of a customer takes contents and contacts, cancels what is unsent, and leaves everybody else alone', async () => {
    const { post, eraseCustomer, wake, notification, orderState, erasure } = world();
    const hers = await post('/orders', order(ADA, 'ada-1'));
    const his = await post('/orders', order(BOB, 'bob-1'));
    const elsewhere = await post('/orders', order(ADA, 'ada-1'), 'globex');
    const asked = await eraseCustomer('ada-1');
    assert.equal(asked.statusCode, 202);
    await wake();
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
    assert.deepEqual((await notification(other?.notificationId ?? '')).content.recipients, ['bob@example.com']);
    assert.equal((await orderState(his.orderId)).contact?.name, 'Bob');
    assert.ok((await notification(elsewhere.notifications[0]?.notificationId ?? '', 'globex')).content);
    const done = await erasure(asked);
    assert.deepEqual([done.status, done.erased], ['DONE', 2]);
  });

  it('of an address takes the whole order’s messages, and of a message to several only this one', async () => {
    const { post, eraseAddress, wake, notification, orderState } = world();
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
    assert.deepEqual(content.recipients, ['', 'bob@example.com']);
    assert.equal(state.status, 'PENDING');
    assert.deepEqual(state.erased, [0]);
    assert.equal((await notification(alone.notificationId)).content, undefined);
    await eraseAddress('email', 'bob@example.com');
    await wake();
    const gone = await notification(shared.notificationId);
    assert.deepEqual([gone.content, gone.state.status], [undefined, 'CANCELLED']);
  });

  it('keeps what was sent as sent, and forgets what people wrote about it', async () => {
    const { post, eraseAddress, wake, notification, change } = world();
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
    const { post, eraseAddress, wake, notification, change, clock, erasure } = world();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const claim = { nonce: 'n', now: clock.now(), leaseUntil: clock.now() + 10_000 };
    await change(notificationId, (state) => claimed(state, claim));
    const asked = await eraseAddress('email', 'ada@example.com');
    assert.equal(await wake(), 1);
    assert.ok((await notification(notificationId)).content);
    assert.equal((await erasure(asked)).status, 'RUNNING');
    await change(notificationId, (state) => ({ ...state, status: 'SENT', sentAt: '2026-01-01T00:00:00.000Z' }));
    await wake();
    assert.equal((await notification(notificationId)).content, undefined);
    assert.equal((await erasure(asked)).status, 'DONE');
  });

  it('takes what was asked for before it by an environment whose clock is ahead, and nothing of later', async () => {
    const { post, eraseCustomer, wake, notification, clock } = world();
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
    const { post, eraseAddress, wake, notification, change, clock, erasure, memory } = world();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const asked = await eraseAddress('email', 'ada@example.com');
    const claim = { nonce: 'n', now: clock.now(), leaseUntil: clock.now() + 100_000 };
    let reads = 0;
    const read: NotificationStore['read'] = async (key) => {
      const stored = await memory.read(key);
      if (key.notificationId !== undefined) {
        reads += 1;
        if (reads === 1) await change(notificationId, (state) => claimed(state, claim));
      }
      return stored;
    };
    await wake(memory, { read, listOf: (key) => memory.listOf(key) });
    assert.ok(reads > 0);
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content?.recipients], ['SENDING', ['ada@example.com']]);
    assert.equal((await erasure(asked)).status, 'RUNNING');
  });

  it('of two recipients at the same moment erases both, and then what was said to them', async () => {
    const { post, eraseAddress, wake, notification, erasure, memory } = world();
    const { notificationId } = await post('/notifications', email(['ada@example.com', 'bob@example.com']));
    const asked = [await eraseAddress('email', 'ada@example.com'), await eraseAddress('email', 'bob@example.com')];
    // Each has read the row before the other writes it.
    const bothHaveRead = Promise.withResolvers<void>();
    let reads = 0;
    const read: NotificationStore['read'] = async (key) => {
      const stored = await memory.read(key);
      if (key.notificationId === undefined) return stored;
      reads += 1;
      if (reads === 2) bothHaveRead.resolve();
      await bothHaveRead.promise;
      return stored;
    };
    await wake(memory, { read, listOf: (key) => memory.listOf(key) });
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content], ['CANCELLED', undefined]);
    assert.deepEqual(state.erased?.toSorted(), [0, 1]);
    for (const one of asked) assert.equal((await erasure(one)).status, 'DONE');
  });

  it('walks a long log in pages, and goes on after a failure without losing or counting anything twice', async () => {
    const { post, eraseCustomer, wake, erasure, memory, clock } = world();
    for (let count = 0; count < 120; count += 1) await post('/orders', order(BOB, count % 2 ? 'bob-1' : 'bob-2'));
    const asked = await eraseCustomer('bob-1');
    let failing = 3;
    const contents: ContentStore = {
      eraseContent: async (key, what) => {
        failing -= 1;
        if (failing === 0) throw new Error('The store is gone for a moment.');
        return memory.eraseContent(key, what);
      },
    };
    await wake(contents);
    clock.advance(10_000);
    await wake(contents);
    const { status, erased } = await erasure(asked);
    assert.equal(status, 'DONE');
    // Of those before the failure, it is only known that they are erased.
    assert.ok(erased >= 57 && erased <= 60, String(erased));
  });

  it('is asked for once while it runs, and anew when it is done', async () => {
    const { post, eraseCustomer, wake, erasure } = world();
    await post('/orders', order(BOB, 'bob-1'));
    const first = await eraseCustomer('bob-1');
    assert.equal(JSON.parse(first.body).alreadyRunning, false);
    assert.equal(JSON.parse((await eraseCustomer('bob-1')).body).alreadyRunning, true);
    await wake();
    await post('/orders', order(BOB, 'bob-1'));
    const again = await eraseCustomer('bob-1');
    assert.equal(JSON.parse(again.body).alreadyRunning, false);
    await wake();
    assert.equal((await erasure(again)).erased, 1);
    assert.equal((await eraseCustomer('no id')).statusCode, 404);
  });
});
