import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { type SenderPorts, type SendReport, sendNotification } from '#shared/delivery/sender.ts';
import { erasureWaker } from '#shared/erasure/erase.ts';
import { ERASURE, ERASURE_DUE, type Erasure } from '#shared/erasure/erasure.ts';
import type { ErasureView } from '#shared/erasure/responses.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { claimed, type Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { ContentStore, NotificationStore } from '#shared/notification/ports.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import { apiInMemory } from '#test/support/command-api.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { closedCircuit, countedRandomness } from '#test/support/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';

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
  const { commands, queries, memory, clock, log } = apiInMemory();
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
  const erasures = memory.statesOf(ERASURE);
  /** Ids whose entries the log does not show yet. */
  const hidden = new Set<string>();
  const listLog: MessageLogStore['listLog'] = async (tenant, range, limit) => {
    const { entries } = await memory.listLog(tenant, range, 100_000);
    const shown = entries.filter(({ key }) => !hidden.has(key.notificationId));
    return { entries: shown.slice(0, limit), isLast: shown.length <= limit, unknown: [] };
  };
  const eraser = (overrides: Overrides = {}, contents: ContentStore = memory) =>
    erasureWaker({
      store: memory,
      messageLog: { ...memory, listLog },
      notifications: { ...memory, ...overrides.notifications },
      erasures: { ...erasures, ...overrides.erasures },
      contents,
      due: memory,
      deadLetters: memory,
      clock,
      timer: clock,
      random: countedRandomness(),
      log,
      settings: { outboxGraceMs: 1000, budgetMs: 5000 },
    });
  const dueErasures = () => memory.due(ERASURE_DUE, clock.now(), 10);
  /** What `wake-due` does within a minute until no erasure is due any more. @returns how often it had to come. */
  const wake = async (contents?: ContentStore, overrides?: Overrides): Promise<number> => {
    clock.advance(60_000);
    for (let rounds = 0; rounds < 100; rounds += 1) {
      const rows = await dueErasures();
      if (rows.length === 0) return rounds;
      await eraser(overrides, contents)(rows);
    }
    return assert.fail('It never ends.');
  };
  const isRunning = ({ key, stored }: { key: StateKey; stored: StoredState<unknown> }): boolean =>
    key.type === 'erasure' && (stored.state as Erasure).status === 'RUNNING';
  /** Until every erasure is done. */
  const finish = async (contents?: ContentStore, overrides?: Overrides): Promise<void> => {
    for (let minutes = 0; [...memory.states.values()].some(isRunning); minutes += 1) {
      assert.ok(minutes < 20, 'It is never done.');
      await wake(contents, overrides);
    }
  };
  const notification = async (notificationId: string, tenant = 'acme') => {
    const found = await memory.readWithContent(notificationKey(tenant, notificationId) ?? assert.fail());
    return { state: found?.stored.state as Notification, content: found?.content };
  };
  const orderState = async (id: string) =>
    (await memory.statesOf(ORDER).read({ tenant: 'acme', type: 'order', id }))?.state as Order;
  const erasure = async (answer: { body: string }) => {
    const { erasureId } = JSON.parse(answer.body) as { erasureId: string };
    return (await erasures.read({ tenant: 'acme', type: 'erasure', id: erasureId }))?.state as Erasure;
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
  const view = async (answer: { body: string }): Promise<ErasureView> => {
    const { erasureId } = JSON.parse(answer.body) as { erasureId: string };
    return bodyOf(
      await queries(
        httpEvent({ routeKey: 'GET /erasures/{erasureId}', tenant: 'acme', pathParameters: { erasureId } }),
      ),
    );
  };
  const provider = memoryProvider();
  const send = (notificationId: string, overrides: Partial<SenderPorts['notifications']> = {}): Promise<SendReport> =>
    sendNotification(
      { tenant: 'acme', notificationId, metadata: { correlationId: 'c', causationId: 'm' } },
      () => 30_000,
      {
        store: memory,
        notifications: { ...memory, ...overrides },
        provider,
        pace: { turn: async () => true },
        circuit: closedCircuit,
        clock,
        timer: clock,
        random: countedRandomness(),
        log,
        settings: { outboxGraceMs: 1000, budgetMs: 5000 },
        sender: {
          channel: 'email',
          subscriber: 'send-email',
          render: RENDERERS.email,
          leaseMs: 45_000,
          providerTimeoutMs: 10_000,
          unknownDeadlineMs: 60_000,
        },
      },
    );
  return {
    ...{ post, eraseCustomer, eraseAddress, eraser, dueErasures, wake, finish, hidden },
    ...{ notification, orderState, erasure, view, change, memory, clock, log, provider, send },
  };
}

describe('erasing personal data', () => {
  it('of a customer takes contents and contacts, cancels what is unsent, and leaves everybody else alone', async () => {
    const { post, eraseCustomer, finish, notification, orderState, erasure } = world();
    const hers = await post('/orders', order(ADA, 'ada-1'));
    const his = await post('/orders', order(BOB, 'bob-1'));
    const elsewhere = await post('/orders', order(ADA, 'ada-1'), 'globex');
    const asked = await eraseCustomer('ada-1');
    assert.equal(asked.statusCode, 202);
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
    assert.deepEqual(content?.recipients, ['', 'bob@example.com']);
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
    const { post, eraseAddress, wake, finish, notification, change, clock, erasure } = world();
    const { notificationId } = await post('/notifications', email(['ada@example.com']));
    const claim = { nonce: 'n', now: clock.now(), leaseUntil: clock.now() + 10_000 };
    await change(notificationId, (state) => claimed(state, claim));
    const asked = await eraseAddress('email', 'ada@example.com');
    assert.equal(await wake(), 1);
    assert.ok((await notification(notificationId)).content);
    assert.equal((await erasure(asked)).status, 'RUNNING');
    await change(notificationId, (state) => ({ ...state, status: 'SENT', sentAt: '2026-01-01T00:00:00.000Z' }));
    await finish();
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
      reads += 1;
      if (reads === 1) await change(notificationId, (state) => claimed(state, claim));
      return stored;
    };
    await wake(memory, { notifications: { read } });
    assert.ok(reads > 0);
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content?.recipients], ['SENDING', ['ada@example.com']]);
    assert.equal((await erasure(asked)).status, 'RUNNING');
  });

  it('of two recipients at the same moment erases both, and then what was said to them', async () => {
    const { post, eraseAddress, finish, notification, erasure, memory } = world();
    const { notificationId } = await post('/notifications', email(['ada@example.com', 'bob@example.com']));
    const asked = [await eraseAddress('email', 'ada@example.com'), await eraseAddress('email', 'bob@example.com')];
    // Each has read the row before the other writes it.
    const bothHaveRead = Promise.withResolvers<void>();
    let reads = 0;
    const read: NotificationStore['read'] = async (key) => {
      const stored = await memory.read(key);
      reads += 1;
      if (reads === 2) bothHaveRead.resolve();
      await bothHaveRead.promise;
      return stored;
    };
    await finish(memory, { notifications: { read } });
    const { state, content } = await notification(notificationId);
    assert.deepEqual([state.status, content], ['CANCELLED', undefined]);
    assert.deepEqual(state.erased?.toSorted(), [0, 1]);
    for (const one of asked) assert.equal((await erasure(one)).status, 'DONE');
  });

  it('walks a long log in pages, and goes on after a failure without losing or counting anything twice', async () => {
    const { post, eraseCustomer, wake, finish, erasure, memory, clock } = world();
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
    await finish(contents);
    const { status, erased } = await erasure(asked);
    assert.equal(status, 'DONE');
    // Of those before the failure, it is only known that they are erased.
    assert.ok(erased >= 57 && erased <= 60, String(erased));
  });

  it('is asked for once while it runs, and anew when it is done', async () => {
    const { post, eraseCustomer, finish, erasure } = world();
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

const BETWEEN_MS = 1000;
const HOUR_MS = 3_600_000;
type World = ReturnType<typeof world>;
/** What an eraser's stores do otherwise. */
type Overrides = { notifications?: Partial<NotificationStore>; erasures?: Partial<StateStore<Erasure>> };
const idOf = ({ notifications: [first] }: Placed): string => first?.notificationId ?? '';

/** Rows as another release left them: their version, or something in their state. */
const damage = ({ memory }: World, id: string, how: (stored: StoredState<unknown>) => StoredState<unknown>): void => {
  const found = [...memory.states.values()].find(({ key }) => (key.part?.id ?? key.id) === id) ?? assert.fail(id);
  found.stored = how(structuredClone(found.stored));
};
const newer = (stored: StoredState<unknown>): StoredState<unknown> => ({ ...stored, schemaVersion: 99 });
const readableAgain = (stored: StoredState<unknown>): StoredState<unknown> => ({ ...stored, schemaVersion: 1 });
const broken = (stored: StoredState<unknown>): StoredState<unknown> => ({
  ...stored,
  state: { ...(stored.state as object), recipients: 7 },
});
const whole = (stored: StoredState<unknown>): StoredState<unknown> => ({
  ...stored,
  state: { ...(stored.state as object), recipients: [] },
});

describe('an erasure that is asked for again while it runs', () => {
  it('takes what was said between the two requests, and continues where it is', async () => {
    const { post, eraseCustomer, wake, finish, notification, orderState, erasure, clock } = world();
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
      const { post, eraseCustomer, eraser, dueErasures, finish, notification, clock } = world();
      const first = await post('/orders', order(ADA, 'ada-1'));
      await eraseCustomer('ada-1');
      for (let done = 0; done < step; done += 1) {
        clock.advance(10_000);
        await eraser()(await dueErasures());
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
    const { post, eraseCustomer, finish, notification, clock, erasure } = world();
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
    const here = world();
    const { post, eraseCustomer, wake, clock, erasure, finish, notification } = here;
    const lost = await post('/orders', order(BOB));
    damage(here, idOf(lost), newer);
    const asked = await eraseCustomer('ada-1');
    for (let minutes = 0; minutes < 10; minutes += 1) await wake();
    const dueIn = async () => ((await erasure(asked)).dueAt ?? 0) - clock.now();
    assert.ok((await dueIn()) > 60_000);
    const placed = await post('/orders', order(ADA, 'ada-1'));
    await eraseCustomer('ada-1');
    assert.ok((await dueIn()) <= 5000);
    await wake();
    assert.equal((await notification(idOf(placed))).content, undefined);
    damage(here, idOf(lost), readableAgain);
    clock.advance(6 * HOUR_MS);
    await finish();
  });
});

describe('an erasure and a log that is behind its rows', () => {
  it('is done only after a second walk over the recent part found nothing', async () => {
    const { post, eraseCustomer, wake, finish, notification, erasure, hidden } = world();
    const shown = await post('/orders', order(BOB, 'bob-1'));
    const late = await post('/orders', order(BOB, 'bob-1'));
    hidden.add(idOf(late));
    const asked = await eraseCustomer('bob-1');
    await wake();
    assert.deepEqual([(await erasure(asked)).status, (await erasure(asked)).erased], ['RUNNING', 1]);
    hidden.clear();
    await wake();
    // It found something, so there may be more.
    assert.deepEqual([(await erasure(asked)).status, (await erasure(asked)).erased], ['RUNNING', 2]);
    await finish();
    for (const placed of [shown, late]) assert.equal((await notification(idOf(placed))).content, undefined);
  });

  it('walks the recent part only, in pauses that grow while it finds something', async () => {
    const { post, eraseCustomer, wake, notification, erasure, clock, hidden } = world();
    const old = await post('/orders', order(BOB, 'bob-1'));
    hidden.add(idOf(old));
    clock.advance(HOUR_MS);
    const recent = [];
    for (let count = 0; count < 4; count += 1) recent.push(await post('/orders', order(BOB, 'bob-1')));
    for (const placed of recent) hidden.add(idOf(placed));
    const asked = await eraseCustomer('bob-1');
    const pauses: number[] = [];
    for (const placed of recent) {
      await wake();
      pauses.push(((await erasure(asked)).dueAt ?? 0) - clock.now());
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
      const { post, eraseCustomer, wake, finish, notification, orderState, erasure, hidden, clock } = world();
      const late = await post('/orders', order(BOB, 'bob-1'));
      hidden.add(idOf(late));
      const asked = await eraseCustomer('bob-1');
      await finish();
      assert.deepEqual([(await erasure(asked)).status, (await erasure(asked)).erased], ['DONE', 0]);
      assert.ok((await notification(idOf(late))).content);
      clock.advance(lateBy);
      await wake();
      hidden.clear();
      clock.advance(2 * HOUR_MS);
      await wake();
      await finish();
      assert.equal((await notification(idOf(late))).content, undefined);
      assert.equal((await orderState(late.orderId)).contact, undefined);
      assert.deepEqual([(await erasure(asked)).status, (await erasure(asked)).erased], ['DONE', 1]);
    });
  }

  it('is not due any more after its late looks', async () => {
    const { post, eraseCustomer, wake, finish, erasure, clock } = world();
    await post('/orders', order(BOB, 'bob-1'));
    const asked = await eraseCustomer('bob-1');
    await finish();
    const { doneAt } = (await erasure(asked)) as Extract<Erasure, { status: 'DONE' }>;
    clock.advance(HOUR_MS);
    await wake();
    clock.advance(24 * HOUR_MS);
    await wake();
    const { looks, dueAt, ...over } = (await erasure(asked)) as Extract<Erasure, { status: 'DONE' }>;
    assert.deepEqual([looks, dueAt, over.doneAt, over.erased], [2, undefined, doneAt, 1]);
  });
});

describe('a sender that finds an erasure', () => {
  it('does not send what was accepted before it, and gives the erasure its id, whatever the log shows', async () => {
    const { post, eraseCustomer, wake, finish, send, provider, notification, orderState, erasure, hidden } = world();
    const placed = await post('/orders', order(ADA, 'ada-1'));
    for (const { notificationId } of placed.notifications) hidden.add(notificationId);
    const asked = await eraseCustomer('ada-1');
    await finish();
    assert.equal((await erasure(asked)).status, 'DONE');
    assert.equal(await send(idOf(placed)), 'left-to-erasure');
    assert.equal(await send(idOf(placed)), 'left-to-erasure');
    assert.equal((await erasure(asked)).status, 'RUNNING');
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
    const { post, eraseAddress, finish, send, provider, notification } = world();
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
    const { post, eraseAddress, finish, wake, send, provider, hidden } = world();
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
    const { post, eraseCustomer, finish, send, provider, notification, orderState, erasure, clock } = world();
    const asked = await eraseCustomer('ada-1');
    const startedAt = clock.now();
    await finish();
    assert.equal((await erasure(asked)).status, 'DONE');
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
    const { post, eraseAddress, finish, wake, send, hidden, provider, notification, erasure } = world();
    const ids: string[] = [];
    for (let count = 0; count < 105; count += 1) {
      ids.push((await post('/notifications', email(['ada@example.com']))).notificationId);
    }
    for (const id of ids) hidden.add(id);
    const asked = await eraseAddress('email', 'ada@example.com');
    await finish();
    for (const id of ids) assert.equal(await send(id), 'left-to-erasure');
    assert.equal((await erasure(asked)).named?.length, 100);
    await wake();
    for (const id of ids.slice(100)) assert.equal(await send(id), 'left-to-erasure');
    await finish();
    assert.equal(provider.accepted.length, 0);
    for (const id of ids) assert.equal((await notification(id)).content, undefined);
    assert.equal((await erasure(asked)).erased, 105);
  });
});

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
    it(`sets ${what} aside, erases the rest, says so, and is done once it can be read`, async () => {
      const here = world();
      const { post, eraseCustomer, wake, finish, notification, view, memory, clock, erasure } = here;
      const older = await post('/orders', order(BOB, 'bob-1'));
      const lost = await post('/orders', order(ADA, 'ada-1'));
      const later = await post('/orders', order(BOB, 'bob-1'));
      damage(here, idOf(lost), hurt);
      const asked = await eraseCustomer('bob-1');
      for (let minutes = 0; minutes < 5; minutes += 1) await wake();
      for (const placed of [older, later]) assert.equal((await notification(idOf(placed))).content, undefined);
      const { status, erased, unreadable, unreadableNotifications, doneAt } = await view(asked);
      assert.deepEqual([status, erased, unreadable, doneAt], ['INCOMPLETE', 2, 1, undefined]);
      assert.deepEqual(unreadableNotifications, [{ notificationId: idOf(lost), code }]);
      const letters = await memory.openDeadLetters(10);
      assert.deepEqual(
        letters.map(({ subscriber, id, reason, message }) => ({ subscriber, id, reason, message })),
        isDead
          ? [
              {
                subscriber: 'wake-due',
                id: `acme/erasure/${idOf(lost)}`,
                reason: code,
                message: JSON.stringify({ tenant: 'acme', notificationId: idOf(lost) }),
              },
            ]
          : [],
      );
      damage(here, idOf(lost), heal);
      clock.advance(6 * HOUR_MS);
      await finish();
      assert.equal((await erasure(asked)).status, 'DONE');
      assert.equal((await view(asked)).unreadable, 0);
    });
  }

  it('erases what belongs to an order that cannot be read, and the order once it can be', async () => {
    const here = world();
    const { post, eraseCustomer, wake, finish, notification, orderState, view, clock } = here;
    const placed = await post('/orders', order(BOB, 'bob-1'));
    damage(here, placed.orderId, newer);
    const asked = await eraseCustomer('bob-1');
    for (let minutes = 0; minutes < 5; minutes += 1) await wake();
    assert.equal((await notification(idOf(placed))).content, undefined);
    assert.deepEqual([(await view(asked)).status, (await view(asked)).unreadable], ['INCOMPLETE', 1]);
    damage(here, placed.orderId, readableAgain);
    assert.ok((await orderState(placed.orderId)).contact);
    clock.advance(6 * HOUR_MS);
    await finish();
    assert.equal((await orderState(placed.orderId)).contact, undefined);
  });

  it('counts more of them than it has room for, and walks the whole log again for those', async () => {
    const here = world();
    const { post, eraseCustomer, wake, finish, view, clock, notification } = here;
    const placed: string[] = [];
    for (let count = 0; count < 130; count += 1) placed.push(idOf(await post('/orders', order(BOB, 'bob-1'))));
    const lost = placed.slice(5, 125);
    for (const id of lost) damage(here, id, newer);
    const asked = await eraseCustomer('bob-1');
    for (let minutes = 0; minutes < 30; minutes += 1) await wake();
    const { status, unreadable, unreadableNotifications, erased } = await view(asked);
    assert.deepEqual([status, unreadable, unreadableNotifications?.length, erased], ['INCOMPLETE', 120, 100, 10]);
    for (const id of lost) damage(here, id, readableAgain);
    clock.advance(6 * HOUR_MS);
    await finish();
    assert.deepEqual([(await view(asked)).status, (await view(asked)).erased], ['DONE', 130]);
    for (const id of placed) assert.equal((await notification(id)).content, undefined);
  });
});

describe('the progress of an erasure', () => {
  it('is written down after every page', async () => {
    const { post, eraseCustomer, eraser, dueErasures, erasure, memory, clock } = world();
    for (let count = 0; count < 250; count += 1) await post('/orders', order(BOB, 'bob-1'));
    const asked = await eraseCustomer('bob-1');
    clock.advance(10_000);
    const seen: (string | undefined)[] = [];
    const replace: StateStore<Erasure>['replace'] = async (key, expected, next) => {
      seen.push(next.state.after);
      return memory.statesOf(ERASURE).replace(key, expected, next);
    };
    // It dies with the third page.
    let pages = 0;
    const dying: Partial<StateStore<Erasure>> = {
      replace: async (...write) => {
        pages += 1;
        if (pages === 3) throw new Error('The process is gone.');
        return replace(...write);
      },
    };
    await eraser({ erasures: dying })(await dueErasures());
    assert.deepEqual([seen.length, (await erasure(asked)).erased], [2, 200]);
    assert.equal((await erasure(asked)).after, seen[1]);
  });

  it('is left to a newer release where that has written it', async () => {
    const here = world();
    const { post, eraseCustomer, wake, finish, eraser, dueErasures, notification, clock, log } = here;
    const placed = await post('/orders', order(BOB, 'bob-1'));
    const { erasureId } = JSON.parse((await eraseCustomer('bob-1')).body) as { erasureId: string };
    damage(here, erasureId, newer);
    assert.equal(await wake(), 1);
    clock.advance(59_000);
    assert.deepEqual(await dueErasures(), []);
    clock.advance(1000);
    await eraser()(await dueErasures());
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
    damage(here, erasureId, readableAgain);
    await finish();
    assert.equal((await notification(idOf(placed))).content, undefined);
  });

  it('of two processes at the same page is counted once', async () => {
    const { post, eraseCustomer, eraser, dueErasures, erasure, clock, finish } = world();
    for (let count = 0; count < 30; count += 1) await post('/orders', order(BOB, 'bob-1'));
    const asked = await eraseCustomer('bob-1');
    clock.advance(10_000);
    const rows = await dueErasures();
    await Promise.all([eraser()(rows), eraser()(rows)]);
    await finish();
    assert.ok((await erasure(asked)).erased <= 30);
  });

  it('of the release before is continued, and asked for again', async () => {
    for (const old of ['RUNNING', 'DONE'] as const) {
      const { post, eraseCustomer, finish, notification, memory, clock, erasure } = world();
      const placed = [];
      for (let count = 0; count < 3; count += 1) placed.push(await post('/orders', order(BOB, 'bob-1')));
      const asked = await eraseCustomer('bob-1');
      const { erasureId: id } = JSON.parse(asked.body) as { erasureId: string };
      const key = { tenant: 'acme', type: 'erasure', id };
      const erasures = memory.statesOf(ERASURE);
      const stored = (await erasures.read(key)) ?? assert.fail();
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
      assert.equal((await erasure(asked)).status, 'DONE');
      for (const one of placed) assert.equal((await notification(idOf(one))).content, undefined);
    }
  });
});
