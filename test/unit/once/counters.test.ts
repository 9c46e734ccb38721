import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countedProvider } from '#shared/delivery/counted-provider.ts';
import type { OutgoingMessage, ProviderAnswer } from '#shared/delivery/provider.ts';
import { COUNTER } from '#shared/names.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { NotificationEvent } from '#shared/notification/events.ts';
import { COUNTED_MESSAGES } from '#shared/notification/messages.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { type Counters, countedPublisher, countedWaker } from '#shared/once/counters.ts';
import type { DueOutbox } from '#shared/once/due.ts';
import type { Publication, PublishFailure } from '#shared/once/ports.ts';
import { publicationOf } from '#shared/once/publish.ts';
import { memoryProvider } from '#test/support/memory/memory-provider.ts';
import { memoryTopic } from '#test/support/memory/memory-topic.ts';

function memoryCounters() {
  const counted: [name: string, times: number][] = [];
  const counters: Counters = {
    async count(name, times) {
      counted.push([name, times]);
    },
  };
  return { counted, counters };
}

const notification: Notification = {
  channel: 'email',
  purpose: 'order-confirmation',
  createdAt: '2026-01-01T00:00:00.000Z',
  correlationId: 'correlation',
  attempts: [],
  status: 'PENDING',
  dueAt: 0,
};

/** What is published when these events happen, as the decider announces them. */
function publicationsOf(...events: NotificationEvent[]): Publication[] {
  const { messages } = notificationDecider.announce(events, notification, {
    key: notificationKeyOf({ tenant: 'acme', type: 'order', id: 'o1' }, 'order_o1_1-1'),
    now: 0,
    version: 2,
    correlationId: 'correlation',
    commandId: 'command',
    terms: undefined,
  });
  return messages.map((message, index) =>
    publicationOf(JSON.stringify({ ...message, id: `m${index}`, tenantid: 'acme' }), String(index)),
  );
}

describe('a counted publisher', () => {
  it('counts what was doubled and what failed, once its message was taken, and nothing else', async () => {
    const { counted, counters } = memoryCounters();
    const topic = memoryTopic();
    const publisher = countedPublisher(topic, COUNTED_MESSAGES, counters);
    const failed = { type: 'NotificationFailed', reason: 'MessageRejected', at: '2026-01-01T00:00:00.000Z' } as const;
    assert.deepEqual(await publisher.publishBatch(publicationsOf({ type: 'NotificationSent' })), []);
    assert.deepEqual(counted, []);
    await publisher.publishBatch(publicationsOf({ type: 'NotificationDoubled' }, failed, failed));
    assert.deepEqual(counted, [
      [COUNTER.notificationDoubled, 1],
      [COUNTER.notificationFailed, 2],
    ]);
    assert.equal(topic.published.length, 4);
  });

  it('leaves an event uncounted until the topic takes it: its row is still due, and counts then', async () => {
    const { counted, counters } = memoryCounters();
    const topic = memoryTopic();
    const failure: Omit<PublishFailure, 'key'> = { reason: 'KMSAccessDenied', permanent: false };
    topic.refuse(({ key }) => ({ key, ...failure }));
    const publisher = countedPublisher(topic, COUNTED_MESSAGES, counters);
    const doubled = publicationsOf({ type: 'NotificationDoubled' });
    assert.deepEqual(await publisher.publishBatch(doubled), [{ key: '0', ...failure }]);
    assert.deepEqual(counted, [[COUNTER.publishFailed, 1]]);
    topic.refuse(() => undefined);
    await publisher.publishBatch(doubled);
    assert.deepEqual(counted.at(-1), [COUNTER.notificationDoubled, 1]);
  });

  it('leaves what can never be published to the count of dead letters', async () => {
    const { counted, counters } = memoryCounters();
    const topic = memoryTopic();
    topic.refuse(({ key }) => ({ key, reason: 'InvalidParameter', permanent: true }));
    await countedPublisher(topic, COUNTED_MESSAGES, counters).publishBatch(
      publicationsOf({ type: 'NotificationDoubled' }),
    );
    assert.deepEqual(counted, []);
  });
});

describe('a counted waker', () => {
  it('counts the rows that it is given and wakes them', async () => {
    const { counted, counters } = memoryCounters();
    const rows: DueOutbox[] = ['one', 'two'].map((commandId) => ({
      dueAt: 0,
      subject: { tenant: 'acme', type: 'order', id: 'o1' },
      commandId,
    }));
    const woken: DueOutbox[] = [];
    await countedWaker<DueOutbox>(async (given) => void woken.push(...given), COUNTER.outboxWoken, counters)(rows);
    assert.deepEqual(woken, rows);
    assert.deepEqual(counted, [[COUNTER.outboxWoken, 2]]);
  });
});

describe('a counted provider', () => {
  it('counts calls that were certainly not taken, and answers as the provider does', async () => {
    const { counted, counters } = memoryCounters();
    const provider = memoryProvider();
    const answers: ProviderAnswer[] = [
      { kind: 'deferred', reason: 'TooManyRequestsException' },
      { kind: 'rejected', reason: 'MessageRejected' },
      { kind: 'unknown', reason: 'TimeoutError' },
    ];
    provider.answerWith(answers);
    const message: OutgoingMessage = {
      tenant: 'acme',
      notificationId: 'order_o1_1-1',
      attemptNonce: 'n',
      recipients: ['ada@example.com'],
      rendered: { channel: 'sms', body: 'text', segments: 1 },
    };
    const counting = countedProvider(provider, counters);
    for (const answer of answers) assert.deepEqual(await counting.send(message), answer);
    assert.deepEqual(await counting.send(message), { kind: 'accepted', providerMessageId: 'provider-1' });
    assert.deepEqual(counted, [[COUNTER.providerDeferred, 1]]);
  });
});
