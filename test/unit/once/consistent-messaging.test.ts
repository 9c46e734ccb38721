import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { type Executed, executeOnce } from '#shared/once/execute.ts';
import { publishOutbox } from '#shared/once/publish.ts';
import { outboxWaker } from '#shared/once/wake.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { memoryTopic } from '#test/support/memory/memory-topic.ts';
import { placeOrder } from '#test/support/orders.ts';
import { countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { TERMS } from '#test/support/requested.ts';

const FIRST_ITEM_ADDED = 'counterfoil.order.first-item-added.v1';

/** The case of Masternak's and Pobiega's talk: a retry must not decide anew on a state that has moved on. */
it('FirstItemAdded is published for the item that was first, though its publish failed and its command came again later', async () => {
  const store = memoryStore();
  const clock = manualClock();
  const topic = memoryTopic();
  const log = memoryLog();
  const settings = { outboxGraceMs: 1000, budgetMs: 1000 };
  const executor = { store, clock, timer: clock, random: countedRandomness(), settings };
  const publishing = { publisher: topic, outbox: store, clock, log };
  const { orderId } = await placeOrder(
    { tenant: 'acme', contact: { name: 'Ada', email: 'ada@example.com' } },
    executor,
  );
  const key = { tenant: 'acme', type: 'order', id: orderId };
  const addItem = (sku: string): Promise<Executed> =>
    executeOnce(
      {
        decider: orderDecider,
        key,
        commandId: `http#add-${sku}`,
        fingerprint: sku,
        command: { type: 'AddItem', data: { line: { sku, description: 'An item', quantity: 1, unitPrice: 100 } } },
        terms: TERMS,
        metadata: { correlationId: `request-${sku}`, causationId: `add-${sku}` },
      },
      executor,
    );
  const relay = async (commandId: string) => {
    const record = await store.readOutbox(key, commandId);
    return publishOutbox(record ? [record] : [], publishing);
  };
  const firstItems = (): string[] =>
    topic.published.map(({ body }) => body).filter((body) => (JSON.parse(body) as Envelope).type === FIRST_ITEM_ADDED);

  // 123 is committed, and nothing of it can be published.
  topic.refuse(({ key: name }) => ({ key: name, reason: 'InternalError', permanent: false }));
  const first = await addItem('123');
  assert.equal((await relay('http#add-123')).length, 1);
  assert.deepEqual(firstItems(), []);
  const committed = (await store.readOutbox(key, 'http#add-123'))?.messages.find((body) =>
    body.includes(FIRST_ITEM_ADDED),
  );

  // 234 follows, on an order that has an item by now.
  topic.refuse(() => undefined);
  await addItem('234');
  await relay('http#add-234');
  assert.deepEqual(firstItems(), [], 'never for 234');

  // 123 is retried: the caller is told what it was told, and nothing is decided anew.
  clock.advance(60_000);
  const again = await addItem('123');
  assert.deepEqual([again.kind, again.outcome], ['duplicate', first.outcome]);

  // The slow lane publishes it; the fast lane, late, once more.
  const wake = outboxWaker({ ...publishing, random: executor.random, deadLetters: store });
  const record = await store.readOutbox(key, 'http#add-123');
  await wake(await store.due(OUTBOX_DUE, clock.now(), 10));
  await publishOutbox(record ? [record] : [], publishing);

  const published = firstItems();
  assert.equal(published.length, 2);
  assert.deepEqual(
    new Set(published),
    new Set([committed]),
    'the identical envelope: once, as far as any consumer can tell',
  );
  assert.match(published[0] ?? '', /"sku":"123"|add-123/);
  assert.equal((await store.readOutbox(key, 'http#add-123'))?.dueAt, undefined);
});
