import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACHMENT, withProgress } from '#shared/attachment/attachment.ts';
import { handleRelease } from '#shared/attachment/release.ts';
import { attachmentKey } from '#shared/attachment/use.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { ATTACHMENT_RELEASED, NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { consume } from '#shared/once/consume.ts';
import { creationTimes, markForCount } from '#shared/statistics/projection.ts';
import { sqsRecord } from '#test/support/aws-events.ts';
import { envelopeText } from '#test/support/envelope.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { attachmentId, attachmentWorld, declare, fileOf, USABLE_MS } from '#test/support/world/attachments.ts';
import { keyOfNotification } from '#test/support/world/world.ts';

type System = ReturnType<typeof attachmentWorld>;

/** A message about something that was just committed, and whoever handles it. */
type Half = {
  body: string;
  /** What the reader is not shown yet. */
  hidden: StateKey;
  handle: (body: string, view: MemoryStore) => Promise<void>;
  isDone: () => Promise<boolean>;
  reason: string;
};

const aboutNow = ({ clock }: System, type: string, data: object): string =>
  envelopeText({ type, time: new Date(clock.now()).toISOString(), data });

const HALVES: Record<string, (system: System) => Promise<Half>> = {
  async 'a request to send'({ place, sender, notification, messages }) {
    const { notificationId } = await place();
    const body = messages().find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED) ?? assert.fail();
    return {
      body,
      hidden: keyOfNotification(notificationId),
      handle: (text, view) => handleRequest(text, () => 30_000, sender({ over: { store: view } })),
      isDone: async () => (await notification(notificationId)).status === 'SENT',
      reason: 'NO_SUCH_NOTIFICATION',
    };
  },

  async 'a mention, for statistics'(system) {
    const { statistics, clock } = system;
    const { notificationId } = await system.place();
    return {
      body: aboutNow(system, NOTIFICATION_MESSAGE.sent, { notificationId }),
      hidden: keyOfNotification(notificationId),
      handle: (text, view) => markForCount(text, { statistics, createdAtOf: creationTimes(view, clock), clock }),
      isDone: async () => statistics.dueMinutes().length === 1,
      reason: 'NO_SUCH_NOTIFICATION',
    };
  },

  async 'an attachment to be deleted'(system) {
    const { ports, clock } = system;
    const id = attachmentId('unused');
    await declare(ports, { tenant: 'acme', id, file: fileOf(Buffer.from('bytes')) });
    const key = attachmentKey('acme', id);
    const stored = (await ports.attachments.read(key)) ?? assert.fail();
    const state = withProgress(stored.state, { status: 'DELETING', since: 'now', dueAt: clock.now() + USABLE_MS });
    await ports.attachments.replace(key, 1, { ...stored, version: 2, state });
    return {
      body: aboutNow(system, ATTACHMENT_RELEASED, { attachmentId: id }),
      hidden: key,
      handle: (text, view) => handleRelease(text, { ...ports, store: view, attachments: view.statesOf(ATTACHMENT) }),
      isDone: async () => (await system.attachment(id)).status === 'DELETED',
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
      const system = attachmentWorld();
      const { store, clock, log } = system;
      const half = await make(system);
      const receive = async (view: MemoryStore): Promise<number> => {
        const consuming = { deadLetters: store, clock, log, subscriber: 'test', keepsMessage: true };
        const event = { Records: [sqsRecord('m', half.body)] };
        const { batchItemFailures } = await consume(event, (body) => half.handle(body, view), consuming);
        return batchItemFailures.length;
      };
      const letters = async (): Promise<string[]> => (await openLetters(store)).map(({ reason }) => reason);
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
