import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { type Executed, executeOnce } from '#shared/once/execute.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { TERMS } from '#test/support/requested.ts';
import { relay } from '#test/support/world/functions.ts';
import { createWorld } from '#test/support/world/world.ts';

const FIRST_ITEM_ADDED = 'counterfoil.order.first-item-added.v1';

/** The case of Masternak's and Pobiega's talk: a retry must not decide again on a state that has changed. */
it('FirstItemAdded is published for the item that was first, though its publish failed and its command came again later', async () => {
  const world = createWorld({ ports: { settings: { outboxGraceMs: 1000, budgetMs: 1000 } } });
  const { store, clock, topic } = world;
  const { orderId } = await world.place();
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
      world.ports(),
    );
  const relayed = async (commandId: string) => {
    const record = await store.readOutbox(key, commandId);
    return relay(record ? [record] : [], topic, world.ports());
  };
  const firstItems = (): string[] =>
    topic.published.map(({ body }) => body).filter((body) => (JSON.parse(body) as Envelope).type === FIRST_ITEM_ADDED);

  // 123 is committed, and nothing of it can be published.
  topic.refuse(({ key: name }) => ({ key: name, reason: 'InternalError', permanent: false }));
  const first = await addItem('123');
  assert.equal((await relayed('http#add-123')).length, 1);
  assert.deepEqual(firstItems(), []);
  const committed = (await store.readOutbox(key, 'http#add-123'))?.messages.find((body) =>
    body.includes(FIRST_ITEM_ADDED),
  );

  // 234 follows, on an order that has an item by now.
  topic.refuse(() => undefined);
  await addItem('234');
  await relayed('http#add-234');
  assert.deepEqual(firstItems(), [], 'never for 234');

  // 123 is retried: the caller gets the stored answer, and the decider is not called again.
  clock.advance(60_000);
  const again = await addItem('123');
  assert.deepEqual([again.kind, again.outcome], ['duplicate', first.outcome]);

  // The slow lane publishes it; the fast lane, late, once more.
  const record = await store.readOutbox(key, 'http#add-123');
  await world.wake(['outbox']);
  await relay(record ? [record] : [], topic, world.ports());

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
