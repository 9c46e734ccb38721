import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskedTurn, Pacer } from '#shared/delivery/pacer.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { changed } from '#shared/notification/notification.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { rendererOf } from '#shared/notification/template.ts';
import { NotItsTurn } from '#shared/once/return-to-queue.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { createWorld, keyOfNotification, type SendOptions } from '#test/support/world/world.ts';

const LEASE_MS = 45_000;
const FIRST_CLAIM_MS = 300_000;

/** One order with e-mail, its notification pending, and a sender. A stage without any feed: what is unknown is held. */
async function world() {
  const { store, clock, providers, topic, messages, ...one } = createWorld();
  const { notificationId } = await one.place();
  const saidAbout = (type: string): number => messages().filter((text) => JSON.parse(text).type === type).length;
  return {
    store,
    clock,
    provider: providers.email,
    key: keyOfNotification(notificationId),
    notificationId,
    /** Sends with a view of the store of its own. */
    send: (view: Partial<MemoryStore> = {}, options: SendOptions = {}) =>
      one.send(notificationId, { over: { store: { ...store, ...view } }, ...options }),
    sendOther: one.send,
    current: () => one.notification(notificationId),
    saidAbout,
    /** What `wake-due` does about notifications. @returns what it published. */
    async wake() {
      const before = topic.published.length;
      await one.wake(['notification', 'unknown']);
      return topic.published.slice(before);
    },
  };
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

  it('marks our own messages as automatic, and not those of callers', async () => {
    const { send, provider } = await world();
    await send();
    assert.equal(provider.accepted[0]?.isAutomatic, true);
    const direct = await world();
    const message = { channel: 'email' as const, subject: 'Hello', text: 'A word of a person.' };
    const readWithContent: NotificationStore['readWithContent'] = async (...given) => {
      const found = await direct.store.readWithContent(...given);
      return found && { ...found, content: { recipients: ['ada@example.com'], template: 'direct', message } };
    };
    assert.equal(await direct.send({ readWithContent }), 'accepted');
    assert.equal(direct.provider.accepted[0]?.isAutomatic, false);
  });

  it('leaves a message to a newer release if it does not have its template: no claim, no call, no attempt', async () => {
    const { send, provider, current } = await world();
    const before = await current();
    await assert.rejects(send({}, { render: rendererOf((own) => own) }), NewerVersion);
    assert.deepEqual(await current(), before);
    assert.equal(provider.accepted.length, 0);
    assert.equal(await send(), 'accepted');
  });

  it('sends nothing for a repeated message, nor for a notification that does not exist', async () => {
    const { send, sendOther, provider, notificationId } = await world();
    await send();
    assert.equal(await send(), 'not-claimable');
    for (const [foreignId, tenant] of [
      [notificationId, 'globex'],
      ['order_other_1-1', 'acme'],
      ['nonsense', 'acme'],
    ] as const) {
      assert.equal(await sendOther(foreignId, { tenant }), 'no-such-notification');
    }
    assert.equal(provider.accepted.length, 1);
  });

  it('ends a notification whose content has expired, once and without a call', async () => {
    const { send, provider, store, key, current, saidAbout, clock } = await world();
    await store.eraseContent(key, 'all');
    // So young, it may be a transaction that is seen half.
    assert.equal(await send(), 'content-unseen');
    assert.equal((await current()).status, 'PENDING');
    clock.advance(60 * 60 * 1000);
    assert.equal(await send(), 'CONTENT_GONE');
    const failed = await current();
    assert.equal(failed.status, 'FAILED');
    assert.deepEqual('reason' in failed && failed.reason, 'CONTENT_GONE');
    assert.equal(saidAbout('counterfoil.notification.failed.v1'), 1);
    // The failure is reported again: an invocation that died after the commit has not reported it.
    assert.equal(await send(), 'CONTENT_GONE');
    assert.equal(saidAbout('counterfoil.notification.failed.v1'), 1);
    clock.advance(FIRST_CLAIM_MS * 100);
    for (const kind of [NOTIFICATION_DUE, UNKNOWN_DUE]) assert.deepEqual(await store.due(kind, clock.now(), 10), []);
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
    assert.equal(await send({}, { remainingMs: () => 10_500 }), 'no-time');
    assert.equal(provider.accepted.length, 0);
    assert.equal((await current()).status, 'PENDING');
  });

  it('leaves the message unclaimed if its turn does not come in this invocation, and asks for it by tenant and recipients', async () => {
    const { send, provider, current } = await world();
    const before = await current();
    const asked: AskedTurn[] = [];
    const pace: Pacer = {
      turn: async (turn) => {
        asked.push(turn);
        return { afterMs: 7000 };
      },
    };
    await assert.rejects(send({}, { pace, remainingMs: () => 25_000 }), { name: 'NotItsTurn', afterMs: 7000 });
    await assert.rejects(send({}, { pace, remainingMs: () => 11_500 }), NotItsTurn);
    // 10 s for the provider and one to record its answer are not spent on waiting, and nothing waits for longer than 10 s.
    assert.deepEqual(asked, [
      { tenant: 'acme', weight: 1, withinMs: 10_000 },
      { tenant: 'acme', weight: 1, withinMs: 500 },
    ]);
    assert.deepEqual(await current(), before);
    assert.equal(provider.accepted.length, 0);
  });

  it('releases the claim if the provider was certainly not called, with a longer pause each time', async () => {
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
    assert.equal(saidAbout('counterfoil.notification.sent.v1'), 0, '"sent" is only published after it was sent');
  });

  it('knows a claim whose answer got lost by its nonce', async () => {
    const { send, store, provider } = await world();
    let lost = false;
    // The SDK repeats a claim whose answer was lost; the repetition meets the claim of the first.
    const replace: NotificationStore['replace'] = async (...args) => {
      const first = await store.replace(...args);
      if (lost) return first;
      lost = true;
      return store.replace(...args);
    };
    assert.equal(await send({ replace }), 'accepted');
    assert.equal(provider.accepted.length, 1);
  });

  it('claims again when only a reminder was in between', async () => {
    const { send, store, provider } = await world();
    let reminded = false;
    const replace: NotificationStore['replace'] = async (key, version, next) => {
      if (!reminded) {
        reminded = true;
        const stored = await store.read(key);
        if (stored) await store.replace(key, version, { ...stored, version: version + 1 });
      }
      return store.replace(key, version, next);
    };
    assert.equal(await send({ replace }), 'accepted');
    assert.equal(provider.accepted.length, 1);
  });

  it('takes another nonce if its claim was written late, lost its lease and was settled in the meantime', async () => {
    const { send, store, provider, current } = await world();
    let late = false;
    const replace: NotificationStore['replace'] = async (key, version, next) => {
      if (!late) {
        late = true;
        await store.replace(key, version, next);
        const pending = changed(next.state, { progress: { status: 'PENDING', dueAt: 0 } });
        await store.replace(key, version + 1, { ...next, version: version + 2, state: pending });
      }
      return store.replace(key, version, next);
    };
    assert.equal(await send({ replace }), 'accepted');
    assert.equal(provider.accepted.length, 1);
    const { attempts } = await current();
    assert.deepEqual(
      attempts.map(({ outcome }) => outcome),
      [undefined, 'accepted'],
    );
    assert.equal(new Set(attempts.map(({ nonce }) => nonce)).size, 2);
  });

  it('does not claim if a recipient was erased after it read the recipients', async () => {
    const { send, store, provider, current } = await world();
    let erased = false;
    const replace: NotificationStore['replace'] = async (key, version, next) => {
      if (!erased) {
        erased = true;
        const stored = (await store.read(key)) ?? assert.fail();
        const state = { ...stored.state, erased: [0] };
        await store.replace(key, version, { ...stored, version: version + 1, state });
      }
      return store.replace(key, version, next);
    };
    assert.equal(await send({ replace }), 'lost-claim');
    assert.equal(provider.accepted.length, 0);
    assert.equal((await current()).status, 'PENDING');
  });

  it('releases the claim, without a call, if claiming took the time that the call needs', async () => {
    const { send, store, provider, clock, current } = await world();
    const replace: NotificationStore['replace'] = (...args) => {
      clock.advance(LEASE_MS - 5000);
      return store.replace(...args);
    };
    assert.equal(await send({ replace }), 'no-time');
    assert.equal(provider.accepted.length, 0);
    const notification = await current();
    assert.equal(notification.status, 'PENDING');
    assert.deepEqual(notification.attempts, []);
  });

  it('sends the same bytes on every attempt, whichever attempt rendered them', async () => {
    const { send, store, key, provider } = await world();
    const kept = { channel: 'email' as const, subject: 'Rendered before', html: '<p>before</p>', text: 'before' };
    await store.keepRendered(key, kept);
    await send();
    assert.deepEqual(provider.accepted[0]?.rendered, kept);
  });

  it('loses its right with its lease: what it records later changes nothing but evidence', async () => {
    const { send, clock, current, wake } = await world();
    const frozen: Provider = {
      send: async () => {
        clock.advance(LEASE_MS);
        await wake();
        assert.equal((await current()).status, 'UNKNOWN');
        return { kind: 'rejected', reason: 'MessageRejected' };
      },
    };
    await send({}, { provider: frozen });
    assert.equal((await current()).status, 'UNKNOWN');
  });
});

describe('notificationWaker', () => {
  it('announces a notification that was not claimed, and again after that', async () => {
    const here = await world();
    for (const wait of [1, 2, 4]) {
      here.clock.advance(wait * FIRST_CLAIM_MS - 1);
      assert.equal((await here.wake()).length, 0, 'later each time: it may only wait its turn in a queue');
      here.clock.advance(1);
      const [publication] = await here.wake();
      assert.equal(publication?.attributes.type, 'counterfoil.notification.requested.v1');
      assert.deepEqual(JSON.parse(publication?.body ?? '').data, {
        notificationId: here.notificationId,
        channel: 'email',
      });
    }
    assert.equal(await here.send(), 'accepted');
    here.clock.advance(100 * FIRST_CLAIM_MS);
    assert.equal((await here.wake()).length, 0, 'sent: nothing is due any more');
  });

  it('turns a claim whose sender died into UNKNOWN, and that into HELD when no evidence comes', async () => {
    const here = await world();
    const dies = { send: () => Promise.reject(new Error('the environment was killed')) };
    await assert.rejects(here.send({}, { provider: dies }));
    here.clock.advance(LEASE_MS);
    await here.wake();
    assert.equal((await here.current()).status, 'UNKNOWN');
    here.clock.advance(60_000);
    await here.wake();
    assert.equal((await here.current()).status, 'HELD');
    assert.equal(here.saidAbout('counterfoil.notification.held.v1'), 1);
  });
});
