import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { FALLBACK, fallbackKey } from '#shared/fallback/fallback.ts';
import { type FallbackPorts, fallbackOf } from '#shared/fallback/process.ts';
import { fallbackWaker } from '#shared/fallback/wake.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import { causationIdOf } from '#shared/notification/cause.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { wakeLoop } from '#shared/once/wake.ts';
import { orderProcessWorld } from '#test/support/order-processes.ts';
import { keyOfNotification } from '#test/support/world/world.ts';

const AFTER_MINUTES = 5;
const FALLBACK_ON = { email: { afterMinutes: AFTER_MINUTES }, sms: { afterMinutes: AFTER_MINUTES } };

/** The fallback of the confirmation of one order, over a store in memory. */
async function fallbacks({ contact = undefined as object | undefined } = {}) {
  const world = orderProcessWorld(contact ? { contact } : {});
  const { store, clock, ports } = world;
  const placed = await world.place();
  const subject = world.subjectOf(placed);
  const notificationId = `order_${subject.id}_1-1`;
  const situationPorts: FallbackPorts = {
    ...ports,
    settingsOf: async () => ({ version: 1, changedAt: '', fallback: FALLBACK_ON }),
    notificationStates: store.statesOf(NOTIFICATION),
    reporting: ['email'],
  };
  const change = async (command: NotificationCommand, changedId = notificationId): Promise<Envelope> => {
    const before = world.messages().length;
    await executeTransition(
      { decider: notificationDecider, key: keyOfNotification(changedId), command },
      {
        subscriber: 'test',
        transitionId: `${changedId} ${JSON.stringify(command)}`,
        metadata: { correlationId: 'correlation' },
      },
      ports,
    );
    return JSON.parse(world.messages()[before] ?? '');
  };
  return {
    ...world,
    placed,
    subject,
    notificationId,
    change,
    /** Sends the confirmation. @returns the message about it. */
    async sendIt(): Promise<Envelope> {
      const before = world.messages().length;
      await world.send(notificationId);
      return JSON.parse(world.messages()[before] ?? '');
    },
    see: (message: Envelope, over: Partial<FallbackPorts> = {}) =>
      world.deliver(message, fallbackOf({ ...situationPorts, ...over }), 'fallback'),
    async due(over: Partial<FallbackPorts> = {}) {
      clock.advance(AFTER_MINUTES * 60_000);
      const waker = fallbackWaker({ ...situationPorts, ...over, due: store, fallbacks: store.statesOf(FALLBACK) });
      await wakeLoop(FALLBACK_DUE, waker).wake(store, clock.now(), 10);
    },
    sent: () => world.requested(placed, 'fallback'),
    status: async () => (await store.statesOf(FALLBACK).read(fallbackKey(subject, notificationId)))?.state.status,
  };
}

type World = Awaited<ReturnType<typeof fallbacks>>;

const sequences = (names: readonly string[], longest: number): string[][] =>
  longest === 0 ? [[]] : [[], ...names.flatMap((name) => sequences(names, longest - 1).map((rest) => [name, ...rest]))];

/** What may become of a message: what happens to it, and how many fallbacks each sequence of deliveries leads to. */
const SCENARIOS: Record<
  string,
  { messagesOf(world: World): Promise<Record<string, Envelope>>; expected(delivered: readonly string[]): number }
> = {
  'was sent, and nothing else is reported': {
    messagesOf: async (world) => ({ sent: await world.sendIt() }),
    expected: (delivered) => dueAfterSent(delivered),
  },
  'was delivered': {
    messagesOf: async (world) => ({
      sent: await world.sendIt(),
      delivered: await world.change({ type: 'RecordOutcome', outcome: 'delivered' }),
    }),
    expected: () => 0,
  },
  bounced: {
    messagesOf: async (world) => ({
      sent: await world.sendIt(),
      bounced: await world.change({ type: 'RecordOutcome', outcome: 'bounced' }),
    }),
    expected: (delivered) => (delivered.includes('bounced') ? 1 : dueAfterSent(delivered)),
  },
  'bounced after it was delivered': {
    messagesOf: async (world) => ({
      sent: await world.sendIt(),
      delivered: await world.change({ type: 'RecordOutcome', outcome: 'delivered' }),
      bounced: await world.change({ type: 'RecordOutcome', outcome: 'bounced' }),
    }),
    expected: (delivered) => (delivered.includes('bounced') ? 1 : dueWhileWaiting(delivered)),
  },
  failed: {
    messagesOf: async (world) => ({ failed: await world.change({ type: 'Fail', reason: 'CONTENT_GONE' }) }),
    expected: (delivered) => (delivered.includes('failed') ? 1 : 0),
  },
};

const dueAfterSent = (delivered: readonly string[]): number =>
  delivered.includes('sent') && delivered.slice(delivered.indexOf('sent')).includes('due') ? 1 : 0;

/** The delivery that is seen while the process waits is the last thing that it knows, until it sees the bounce. */
function dueWhileWaiting(delivered: readonly string[]): number {
  const waiting = delivered.slice(delivered.indexOf('sent') + 1);
  const [due, noted] = [waiting.indexOf('due'), waiting.indexOf('delivered')];
  return delivered.includes('sent') && due >= 0 && (noted < 0 || due < noted) ? 1 : 0;
}

/** How many fallbacks are requested in a new world. */
async function countAfter(
  delivered: readonly string[],
  messagesOf: (world: World) => Promise<Record<string, Envelope>>,
  isAtOnce: boolean,
): Promise<number> {
  const world = await fallbacks();
  const messages = await messagesOf(world);
  const take = (name: string) => (name === 'due' ? world.due() : world.see(messages[name] ?? assert.fail()));
  if (isAtOnce) await Promise.all(delivered.map(take));
  else for (const name of delivered) await take(name);
  return (await world.sent()).length;
}

describe('the fallback of a notification', () => {
  for (const [what, { messagesOf, expected }] of Object.entries(SCENARIOS)) {
    it(`that ${what} is sent as often as it should be, for every order and repetition of what is seen`, async () => {
      const names = [...Object.keys(await messagesOf(await fallbacks())), 'due'];
      for (const delivered of sequences(names, 4)) {
        assert.equal(await countAfter(delivered, messagesOf, false), expected(delivered), delivered.join(', '));
        // At the same time, it may be due before or after the sending was seen.
        const atMost = expected([...delivered, 'due']);
        assert.ok((await countAfter(delivered, messagesOf, true)) <= atMost, delivered.join(', '));
      }
    });
  }

  it('is not sent while the outcome is unknown, nor when it becomes known as sent', async () => {
    const { see, change, sent, due, placed, store, notificationId } = await fallbacks();
    const key = keyOfNotification(notificationId);
    const stored = (await store.read(key)) ?? assert.fail();
    const attempts = [{ nonce: 'n', claimedAt: placed.time }];
    await store.replace(key, 1, {
      ...stored,
      version: 2,
      state: { ...stored.state, attempts, status: 'SENDING', nonce: 'n', leaseUntil: 0 } as typeof stored.state,
    });
    await executeUnknown(change);
    // Even a message that says otherwise is checked against the row.
    await see({ ...placed, type: NOTIFICATION_MESSAGE.failed, data: { notificationId, channel: 'email' } });
    await due();
    assert.deepEqual(await sent(), []);
  });

  it('is not sent if the tenant has switched fallbacks off while it waited, and never afterwards', async () => {
    const { see, sendIt, due, sent, status } = await fallbacks();
    await see(await sendIt());
    const smsOnly = { version: 2, changedAt: '', fallback: { sms: { afterMinutes: AFTER_MINUTES } } };
    await due({ settingsOf: async () => smsOnly });
    await due();
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });

  it('is sent if the message was suppressed because of a bounce, and not for another reason', async () => {
    for (const [reason, count] of [
      ['BOUNCE', 1],
      ['COMPLAINT', 0],
      ['MANUAL', 0],
    ] as const) {
      const { see, change, sent } = await fallbacks();
      const suppressed = await change({ type: 'Suppress', reason });
      await see(suppressed);
      await see(suppressed);
      assert.equal((await sent()).length, count, reason);
    }
  });

  it('of an order that was cancelled while its confirmation waits is only the one of the cancellation', async () => {
    const world = await fallbacks();
    const { see, sendIt, due, sent, step, placed, change, subject } = world;
    await see(await sendIt());
    await step('cancel', placed);
    await due();
    assert.deepEqual(await sent(), []);
    const cancellation = `order_${subject.id}_2-1`;
    await see(await change({ type: 'Suppress', reason: 'BOUNCE' }, cancellation));
    assert.deepEqual(
      (await sent()).map(({ notificationId }) => notificationId),
      [`order_${subject.id}_2-101`],
    );
  });

  it('names the message about the bounce as its cause, or the message that it was sent', async () => {
    const bounced = await fallbacks();
    await bounced.sendIt();
    const message = await bounced.change({ type: 'RecordOutcome', outcome: 'bounced' });
    await bounced.see(message);
    const [one = assert.fail()] = await bounced.sent();
    assert.equal(causationIdOf(bounced.subject, one.stored.state), message.id);
    const silent = await fallbacks();
    const sent = await silent.sendIt();
    await silent.see(sent);
    await silent.due();
    const [other = assert.fail()] = await silent.sent();
    assert.equal(causationIdOf(silent.subject, other.stored.state), sent.id);
    assert.equal(other.notificationId, `order_${silent.subject.id}_1-101`);
  });

  it('is decided again if a delivery is recorded between the read and the commit', async () => {
    const { see, sendIt, change, due, sent, status, store } = await fallbacks();
    await see(await sendIt());
    let isRecorded = false;
    const states = store.statesOf(NOTIFICATION);
    const notificationStates: FallbackPorts['notificationStates'] = {
      async read(key) {
        const read = await states.read(key);
        if (!isRecorded) await change({ type: 'RecordOutcome', outcome: 'delivered' });
        isRecorded = true;
        return read;
      },
    };
    await due({ notificationStates });
    assert.deepEqual([await status(), await sent()], ['delivered', []]);
  });

  it('has no fallback itself, and neither has a message that is not about an order', async () => {
    const { see, placed, subject } = await fallbacks();
    const failed = { ...placed, type: NOTIFICATION_MESSAGE.failed };
    for (const notificationId of [`order_${subject.id}_1-101`, 'message_optdafyye6acxyydmsqwadx7pp_1-1'])
      await see(
        { ...failed, data: { notificationId, channel: 'sms' } },
        { orders: { read: () => assert.fail('read') } },
      );
  });

  it('reads and writes nothing if the tenant has not set it, and ignores the silence of a channel without reports', async () => {
    const { see, sendIt, status } = await fallbacks();
    const message = await sendIt();
    await see(message, { settingsOf: async () => undefined });
    await see(message, {
      settingsOf: async () => ({ version: 1, changedAt: '', fallback: { sms: { afterMinutes: 1 } } }),
    });
    await see(message, { reporting: [] });
    assert.equal(await status(), undefined);
    await assert.rejects(see({ ...message, data: {} }), PoisonMessage);
  });

  it('ends without a message if the contact has no phone number', async () => {
    const { see, sendIt, change, sent, status } = await fallbacks({
      contact: { name: 'Ada', email: 'ada@example.com' },
    });
    await sendIt();
    await see(await change({ type: 'RecordOutcome', outcome: 'bounced' }));
    assert.deepEqual([await status(), await sent()], ['ended', []]);
  });
});

/** The call to the provider has no known outcome. No message is published about it. */
async function executeUnknown(change: (command: NotificationCommand) => Promise<unknown>): Promise<void> {
  await change({ type: 'RecordUnknown', nonce: 'n', reason: 'TIMEOUT', deadline: Number.MAX_SAFE_INTEGER }).catch(
    (error) => assert.ok(error instanceof SyntaxError),
  );
}
