import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { memoryTopic } from '#shared/adapters/memory/memory-topic.ts';
import { type SenderPorts, sendNotification } from '#shared/delivery/sender.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { changed, type Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { DueStore } from '#shared/once/ports.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
import { placeOrder } from '#test/support/orders.ts';
import { closedCircuit, countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';

const LEASE_MS = 45_000;
const FIRST_CLAIM_MS = 300_000;
const metadata = { correlationId: 'correlation', causationId: 'message' };

const dueNow = async (store: DueStore, now: number) => [
  ...(await store.due(NOTIFICATION_DUE, now, 10)),
  ...(await store.due(UNKNOWN_DUE, now, 10)),
];

/** A stage without any feed: what is unknown waits for a person. */
const holding = {
  firstClaimMs: FIRST_CLAIM_MS,
  unknownDeadlineMs: 60_000,
  settling: {
    onUnknown: () => 'hold' as const,
    inFlightMs: 0,
    marginMs: 0,
    countLagMs: 0,
    holdAfterMs: 0,
    recheckMs: 0,
  },
  feeds: {},
};

/** One order with e-mail, its notification pending, and a sender. */
async function world() {
  const store = memoryStore();
  const clock = manualClock();
  const provider = memoryProvider();
  const ports: SenderPorts = {
    store,
    notifications: store,
    provider,
    pace: { turn: async () => true },
    circuit: closedCircuit,
    clock,
    timer: clock,
    random: countedRandomness(),
    log: memoryLog(),
    settings: { outboxGraceMs: 60_000, budgetMs: 1000 },
    sender: {
      channel: 'email',
      render: RENDERERS.email,
      subscriber: 'send-email',
      leaseMs: LEASE_MS,
      providerTimeoutMs: 10_000,
      unknownDeadlineMs: 60_000,
    },
  };
  const { orderId } = await placeOrder({ tenant: 'acme', contact: { name: 'Ada', email: 'ada@example.com' } }, ports);
  const notificationId = `order_${orderId}_1-1`;
  const key = notificationKey('acme', notificationId);
  assert.ok(key);
  const request = { tenant: 'acme', notificationId, metadata };
  const send = (over: Partial<SenderPorts> = {}, remainingMs = 30_000) =>
    sendNotification(request, () => remainingMs, { ...ports, ...over });
  const current = async (): Promise<Notification> => (await store.read(key))?.state as Notification;
  const saidAbout = (type: string): number =>
    [...store.outbox.values()].flatMap(({ messages }) => messages).filter((text) => JSON.parse(text).type === type)
      .length;
  return { store, clock, provider, ports, key, notificationId, send, current, saidAbout };
}

describe('sendNotification', () => {
  it('claims, calls once, and records SENT with its event in one transaction', async () => {
    const { send, provider, current, saidAbout } = await world();
    assert.equal(await send(), 'accepted');
    assert.equal(provider.accepted.length, 1);
    assert.deepEqual(provider.accepted[0]?.recipients, ['ada@example.com']);
    const notification = await current();
    assert.equal(notification.status, 'SENT');
    assert.equal(notification.attempts[0]?.nonce, provider.accepted[0]?.attemptNonce);
    assert.equal(saidAbout('counterfoil.notification.sent.v1'), 1);
  });

  it('says of what we wrote ourselves that it is automatic, and not of what a caller wrote', async () => {
    const { send, provider } = await world();
    await send();
    assert.equal(provider.accepted[0]?.isAutomatic, true);
    const direct = await world();
    const message = { channel: 'email' as const, subject: 'Hello', text: 'A word of a person.' };
    const read = direct.store.readWithContent;
    const notifications = {
      ...direct.ports.notifications,
      readWithContent: async (...given: Parameters<typeof read>) => {
        const found = await read(...given);
        return (
          found && { ...found, content: { recipients: ['ada@example.com'], template: 'direct' as const, message } }
        );
      },
    };
    assert.equal(await direct.send({ notifications }), 'accepted');
    assert.equal(direct.provider.accepted[0]?.isAutomatic, false);
  });

  it('sends nothing for a repeated message, nor for a notification that does not exist', async () => {
    const { send, provider, ports, notificationId } = await world();
    await send();
    assert.equal(await send(), 'not-claimable');
    for (const foreign of [
      { tenant: 'globex', notificationId },
      { tenant: 'acme', notificationId: 'order_other_1-1' },
      { tenant: 'acme', notificationId: 'nonsense' },
    ]) {
      assert.equal(await sendNotification({ ...foreign, metadata }, () => 30_000, ports), 'no-such-notification');
    }
    assert.equal(provider.accepted.length, 1);
  });

  it('ends what can never be said because its content is kept no longer, once and without a call', async () => {
    const { send, provider, store, key, current, saidAbout, clock } = await world();
    await store.eraseContent(key, 'all');
    // So young, it may be a transaction that is seen half.
    assert.equal(await send(), 'content-unseen');
    assert.equal((await current()).status, 'PENDING');
    clock.advance(60 * 60 * 1000);
    assert.equal(await send(), 'content-gone');
    const failed = await current();
    assert.equal(failed.status, 'FAILED');
    assert.deepEqual('reason' in failed && failed.reason, 'CONTENT_GONE');
    assert.equal(saidAbout('counterfoil.notification.failed.v1'), 1);
    assert.equal(await send(), 'not-claimable');
    clock.advance(FIRST_CLAIM_MS * 100);
    assert.deepEqual(await dueNow(store, clock.now()), []);
    assert.equal(provider.accepted.length, 0);
  });

  it('lets one of many simultaneous senders through', async () => {
    const { send, provider } = await world();
    const reports = await Promise.all(Array.from({ length: 20 }, () => send()));
    assert.equal(provider.accepted.length, 1);
    assert.equal(reports.filter((report) => report === 'accepted').length, 1);
  });

  it('makes no call when too little time is left, and takes no claim', async () => {
    const { send, provider, current } = await world();
    assert.equal(await send({}, 10_500), 'no-time');
    assert.equal(provider.accepted.length, 0);
    assert.equal((await current()).status, 'PENDING');
  });

  it('gives the claim back when the provider was certainly not asked, later each time', async () => {
    const { send, provider, current, clock } = await world();
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      provider.answerWith([{ kind: 'deferred', reason: 'TooManyRequestsException' }]);
      assert.equal(await send(), 'deferred');
      const notification = await current();
      assert.equal(notification.status, 'PENDING');
      assert.deepEqual(notification.attempts, []);
      const { notBefore = 0 } = notification.status === 'PENDING' ? notification : {};
      waits.push(notBefore - clock.now());
      assert.equal(await send(), 'not-claimable', 'before its time it is left alone');
      clock.advance(notBefore - clock.now());
    }
    assert.deepEqual(waits, [2000, 3000, 5000]);
    assert.equal(await send(), 'accepted');
  });

  it('records what the provider will never take as FAILED', async () => {
    const { send, provider, current, saidAbout } = await world();
    provider.answerWith([{ kind: 'rejected', reason: 'MessageRejected' }]);
    assert.equal(await send(), 'rejected');
    assert.equal((await current()).status, 'FAILED');
    assert.equal(saidAbout('counterfoil.notification.failed.v1'), 1);
  });

  it('shows an unknown outcome as UNKNOWN and does not repeat the call', async () => {
    const { send, provider, current, saidAbout } = await world();
    provider.answerWith(['accept-silently']);
    assert.equal(await send(), 'unknown');
    assert.equal((await current()).status, 'UNKNOWN');
    assert.equal(await send(), 'not-claimable');
    assert.equal(provider.accepted.length, 1);
    assert.equal(saidAbout('counterfoil.notification.sent.v1'), 0, '"sent" is only said once it is');
  });

  it('knows a claim whose answer got lost by its nonce', async () => {
    const { send, store, provider } = await world();
    let lost = false;
    // The SDK repeats a claim whose answer was lost; the repetition meets the claim of the first.
    const notifications: SenderPorts['notifications'] = {
      ...store,
      replace: async (...args) => {
        const first = await store.replace(...args);
        if (lost) return first;
        lost = true;
        return store.replace(...args);
      },
    };
    assert.equal(await send({ notifications }), 'accepted');
    assert.equal(provider.accepted.length, 1);
  });

  it('claims again when only a reminder was in between', async () => {
    const { send, store, provider } = await world();
    let reminded = false;
    const notifications: SenderPorts['notifications'] = {
      ...store,
      replace: async (key, version, next) => {
        if (!reminded) {
          reminded = true;
          const stored = await store.read(key);
          if (stored) await store.replace(key, version, { ...stored, version: version + 1 });
        }
        return store.replace(key, version, next);
      },
    };
    assert.equal(await send({ notifications }), 'accepted');
    assert.equal(provider.accepted.length, 1);
  });

  it('takes another nonce when its claim came through late, lost its lease and was settled meanwhile', async () => {
    const { send, store, provider, current } = await world();
    let late = false;
    const notifications: SenderPorts['notifications'] = {
      ...store,
      replace: async (key, version, next) => {
        if (!late) {
          late = true;
          await store.replace(key, version, next);
          const pending = changed(next.state as Notification, { progress: { status: 'PENDING', dueAt: 0 } });
          await store.replace(key, version + 1, { ...next, version: version + 2, state: pending });
        }
        return store.replace(key, version, next);
      },
    };
    assert.equal(await send({ notifications }), 'accepted');
    assert.equal(provider.accepted.length, 1);
    const { attempts } = await current();
    assert.deepEqual(
      attempts.map(({ outcome }) => outcome),
      [undefined, 'accepted'],
    );
    assert.equal(new Set(attempts.map(({ nonce }) => nonce)).size, 2);
  });

  it('does not claim when somebody was erased since it looked whom to write to', async () => {
    const { send, store, provider, current } = await world();
    let erased = false;
    const notifications: SenderPorts['notifications'] = {
      ...store,
      replace: async (key, version, next) => {
        if (!erased) {
          erased = true;
          const stored = (await store.read(key)) ?? assert.fail();
          const state = { ...(stored.state as Notification), erased: [0] };
          await store.replace(key, version, { ...stored, version: version + 1, state });
        }
        return store.replace(key, version, next);
      },
    };
    assert.equal(await send({ notifications }), 'lost-claim');
    assert.equal(provider.accepted.length, 0);
    assert.equal((await current()).status, 'PENDING');
  });

  it('gives the claim back, and calls nobody, when claiming took the time that the call needs', async () => {
    const { send, store, provider, clock, current } = await world();
    const stalling: SenderPorts['notifications'] = {
      ...store,
      replace: (...args) => {
        clock.advance(LEASE_MS - 5000);
        return store.replace(...args);
      },
    };
    assert.equal(await send({ notifications: stalling }), 'no-time');
    assert.equal(provider.accepted.length, 0);
    const notification = await current();
    assert.equal(notification.status, 'PENDING');
    assert.deepEqual(notification.attempts, []);
  });

  it('shows the same bytes on every attempt, whoever renders first', async () => {
    const { send, store, key, provider } = await world();
    const kept = { channel: 'email' as const, subject: 'Rendered before', html: '<p>before</p>', text: 'before' };
    await store.keepRendered(key, kept);
    await send();
    assert.deepEqual(provider.accepted[0]?.rendered, kept);
  });

  it('loses its right with its lease: what it records later changes nothing but evidence', async () => {
    const { send, store, clock, current, ports, provider } = await world();
    const waker = notificationWaker({ ...ports, ...holding, due: store, publisher: memoryTopic() });
    const frozen = {
      send: async (message: Parameters<typeof provider.send>[0]) => {
        clock.advance(LEASE_MS);
        await waker(await dueNow(store, clock.now()));
        assert.equal((await current()).status, 'UNKNOWN');
        void message;
        return { kind: 'rejected', reason: 'MessageRejected' } as const;
      },
    };
    await send({ provider: frozen });
    assert.equal((await current()).status, 'UNKNOWN');
  });
});

describe('notificationWaker', () => {
  const wakeAll = async ({ store, clock, ports }: Awaited<ReturnType<typeof world>>, topic = memoryTopic()) => {
    const waker = notificationWaker({ ...ports, ...holding, due: store, publisher: topic });
    await waker(await dueNow(store, clock.now()));
    return topic.published;
  };

  it('announces a notification that nobody claimed, and again after that', async () => {
    const here = await world();
    for (const wait of [1, 2, 4]) {
      here.clock.advance(wait * FIRST_CLAIM_MS - 1);
      assert.equal((await wakeAll(here)).length, 0, 'later each time: it may only wait its turn in a queue');
      here.clock.advance(1);
      const [publication] = await wakeAll(here);
      assert.equal(publication?.attributes.type, 'counterfoil.notification.requested.v1');
      assert.deepEqual(JSON.parse(publication?.body ?? '').data, {
        notificationId: here.notificationId,
        channel: 'email',
      });
    }
    assert.equal(await here.send(), 'accepted');
    here.clock.advance(100 * FIRST_CLAIM_MS);
    assert.equal((await wakeAll(here)).length, 0, 'sent: nothing is due any more');
  });

  it('turns a claim whose sender died into UNKNOWN, and that into HELD when no evidence comes', async () => {
    const here = await world();
    const dies = { send: () => Promise.reject(new Error('the environment was killed')) };
    await assert.rejects(here.send({ provider: dies }));
    here.clock.advance(LEASE_MS);
    await wakeAll(here);
    assert.equal((await here.current()).status, 'UNKNOWN');
    here.clock.advance(60_000);
    await wakeAll(here);
    assert.equal((await here.current()).status, 'HELD');
    assert.equal(here.saidAbout('counterfoil.notification.held.v1'), 1);
  });
});
