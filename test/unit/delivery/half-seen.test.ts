import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SQSEvent } from 'aws-lambda';
import { memoryAttachments } from '#shared/adapters/memory/memory-attachments.ts';
import { memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { memoryStatistics } from '#shared/adapters/memory/memory-statistics.ts';
import { type MemoryStore, memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { ATTACHMENT, withProgress } from '#shared/attachment/attachment.ts';
import { handleRelease } from '#shared/attachment/release.ts';
import { attachmentKey } from '#shared/attachment/use.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { Log } from '#shared/messaging/system.ts';
import { ATTACHMENT_RELEASED, NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { consume } from '#shared/once/consume.ts';
import { markForCount } from '#shared/statistics/projection.ts';
import { attachmentId, declare, fileOf, USABLE_MS } from '#test/support/attachments.ts';
import { placeOrder } from '#test/support/orders.ts';
import { closedCircuit, countedRandomness, type ManualClock, manualClock, memoryLog } from '#test/support/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';

type System = { store: MemoryStore; clock: ManualClock; log: Log };

/** A message about something that was just committed, and whoever handles it. */
type Half = {
  body: string;
  /** What the reader is not shown yet. */
  hidden: StateKey;
  handle: (body: string, view: MemoryStore) => Promise<void>;
  isDone: () => Promise<boolean>;
  reason: string;
};

const settings = { outboxGraceMs: 1000, budgetMs: 1000 };

const statusOf = async (store: MemoryStore, key: StateKey): Promise<string | undefined> =>
  (await store.read(key))?.state.status;

async function placed({ store, clock }: System) {
  const executor = { store, clock, timer: clock, random: countedRandomness(), settings };
  const { orderId } = await placeOrder({ tenant: 'acme', contact: { name: 'Ada', email: 'a@example.com' } }, executor);
  const key = notificationKey('acme', `order_${orderId}_1-1`) ?? assert.fail();
  const texts = [...store.outbox.values()].flatMap(({ messages }) => messages);
  const request = texts.find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED) ?? assert.fail();
  return { executor, key, request };
}

const messageAbout = (type: string, now: number, data: object): string =>
  JSON.stringify({
    specversion: '1.0',
    id: 'message-1',
    source: '/counterfoil/test',
    type,
    subject: 'test/1',
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    tenantid: 'acme',
    correlationid: 'c',
    causationid: 'c',
    sequence: '1.1',
    data,
  });

const HALVES: Record<string, (system: System) => Promise<Half>> = {
  async 'a request to send'(system) {
    const { executor, key, request } = await placed(system);
    const sender = {
      channel: 'email' as const,
      render: RENDERERS.email,
      subscriber: 'send-email',
      leaseMs: 45_000,
      providerTimeoutMs: 10_000,
      unknownDeadlineMs: 60_000,
    };
    const ports = {
      ...executor,
      provider: memoryProvider(),
      pace: { turn: async () => true },
      circuit: closedCircuit,
      log: system.log,
      sender,
    };
    return {
      body: request,
      hidden: key,
      handle: (body, view) => handleRequest(body, () => 30_000, { ...ports, store: view, notifications: view }),
      isDone: async () => (await statusOf(system.store, key)) === 'SENT',
      reason: 'NO_SUCH_NOTIFICATION',
    };
  },

  async 'a mention, for statistics'(system) {
    const { key } = await placed(system);
    const statistics = memoryStatistics();
    return {
      body: messageAbout(NOTIFICATION_MESSAGE.sent, system.clock.now(), { notificationId: key.notificationId }),
      hidden: key,
      handle: (body, view) => markForCount(body, { statistics, notifications: view, clock: system.clock }),
      isDone: async () => statistics.dueMinutes().length === 1,
      reason: 'NO_SUCH_NOTIFICATION',
    };
  },

  async 'an attachment to be deleted'({ store, clock, log }) {
    const executor = { store, clock, timer: clock, random: countedRandomness(), settings };
    const id = attachmentId('unused');
    await declare(executor, { tenant: 'acme', id, file: fileOf(Buffer.from('bytes')) });
    const key = attachmentKey('acme', id);
    const attachments = store.statesOf(ATTACHMENT);
    const stored = (await attachments.read(key)) ?? assert.fail();
    const state = withProgress(stored.state, { status: 'DELETING', since: 'now', dueAt: clock.now() + USABLE_MS });
    await attachments.replace(key, 1, { ...stored, version: 2, state });
    const objects = memoryAttachments();
    return {
      body: messageAbout(ATTACHMENT_RELEASED, clock.now(), { attachmentId: id }),
      hidden: key,
      handle: (body, view) =>
        handleRelease(body, {
          ...executor,
          store: view,
          attachments: view.statesOf(ATTACHMENT),
          objects,
          log,
          subscriber: 'release',
        }),
      isDone: async () => (await attachments.read(key))?.state.status === 'DELETED',
      reason: 'NO_SUCH_ATTACHMENT',
    };
  },
};

/** The store as it is seen while one row of a transaction is not shown yet. */
function withoutRow(store: MemoryStore, { part, ...subject }: StateKey): MemoryStore {
  const isHidden = (key: StateKey): boolean => key.id === subject.id && key.part?.id === part?.id;
  return {
    ...store,
    read: async (key) => (isHidden(key) ? undefined : store.read(key)),
    statesOf: (shape) => {
      const states = store.statesOf(shape);
      return { ...states, read: async (key) => (isHidden(key) ? undefined : states.read(key)) };
    },
    readWithContent: async (key) => (isHidden(key) ? undefined : store.readWithContent(key)),
  };
}

describe('a message about a row that is not seen yet', () => {
  for (const [name, make] of Object.entries(HALVES)) {
    const start = async () => {
      const [store, clock, log] = [memoryStore(), manualClock(), memoryLog()];
      const half = await make({ store, clock, log });
      const receive = async (view: MemoryStore): Promise<number> => {
        const record = { messageId: 'm', body: half.body, attributes: { ApproximateReceiveCount: '1' } };
        const consuming = { deadLetters: store, clock, log, subscriber: 'test', keepsMessage: true };
        const event = { Records: [record] } as unknown as SQSEvent;
        const { batchItemFailures } = await consume(event, (body) => half.handle(body, view), consuming);
        return batchItemFailures.length;
      };
      const letters = async (): Promise<string[]> => (await store.openDeadLetters(10)).map(({ reason }) => reason);
      return { store, clock, half, receive, letters };
    };

    it(`comes again until it is, and is no dead letter: ${name}`, async () => {
      const { store, clock, half, receive, letters } = await start();
      for (let minute = 0; minute < 59; minute += 1) {
        assert.equal(await receive(withoutRow(store, half.hidden)), 1, 'it comes again');
        clock.advance(60_000);
      }
      assert.equal(await half.isDone(), false);
      assert.equal(await receive(store), 0);
      assert.equal(await half.isDone(), true);
      assert.deepEqual(await letters(), []);
    });

    it(`is a dead letter once the row would have been seen for an hour: ${name}`, async () => {
      const { store, clock, half, receive, letters } = await start();
      clock.advance(3_600_000);
      assert.equal(await receive(withoutRow(store, half.hidden)), 0);
      assert.deepEqual(await letters(), [half.reason]);
    });
  }
});
