import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import { timelineSchema } from '#shared/timeline/responses.ts';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';

describe('every waiting message is woken', () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const assertDelivered = async (placed: PlacedOrder[]): Promise<void> => {
    for (const { orderId } of placed) await here.acme.settled(orderId);
    assert.deepEqual(await notExactlyOnce(here.inbox, placed), []);
  };

  it('is delivered by wake-due while the relay is paused', async () => {
    await here.control.pause('relay-outbox');
    const placed = await placeMany(here.acme, 50);
    await assertDelivered(placed);
    const published = (await here.control.calls()).filter(({ operation }) => operation === 'PublishBatch');
    assert.deepEqual(
      published.map((call) => call.function),
      ['wake-due'],
    );
    await here.control.resume('relay-outbox');
  });

  it('is delivered if the stream has dropped its record', async () => {
    await here.control.inject({ function: 'relay-outbox', service: 'sns', operation: '*', fault: 'kill-before' });
    const placed = await placeMany(here.acme, 5);
    await assertDelivered(placed);
    const [rule] = await here.control.faults();
    assert.ok((rule?.hits ?? 0) > 0);
    await here.control.heal();
  });

  it('is kept while the senders are paused, and sent when they are resumed', async () => {
    for (const sender of ['send-email', 'send-sms']) await here.control.pause(sender);
    const placed = await placeMany(here.acme, 10);
    for (const { orderId } of placed) await here.acme.settled(orderId, 'PENDING');
    for (const sender of ['send-email', 'send-sms']) await here.control.resume(sender);
    await assertDelivered(placed);
  });

  it('waits for a topic that throttles or fails, and is neither lost nor blocks others', async () => {
    await here.control.inject(
      { service: 'sns', operation: 'PublishBatch', fault: 'throttle', times: 8 },
      { service: 'sns', operation: 'PublishBatch', fault: 'error', times: 8 },
      { service: 'sns', operation: 'PublishBatch', fault: 'lose-response', times: 3 },
      { service: 'sns', operation: 'PublishBatch', fault: 'refuse', times: 3 },
    );
    const placed = await placeMany(here.acme, 5);
    await assertDelivered(placed);
    await here.control.heal();
  });

  it('places an order with one write call and no read call', async () => {
    await here.acme.settled((await placeMany(here.acme, 1))[0]?.orderId as string);
    await here.control.resetCalls();
    await placeMany(here.acme, 1);
    const calls = (await here.control.calls()).filter((call) => call.function === 'handle-command');
    assert.deepEqual(
      calls.map(({ operation, count, readUnits }) => [operation, count, readUnits]),
      [['TransactWriteItems', 1, 0]],
    );
  });

  it('adds 50 items at once to one order, with transaction conflicts injected: 50 lines, version 51', async () => {
    const [placed] = await placeMany(here.acme, 1, { more: { lines: [] } });
    await here.control.inject({
      function: 'handle-command',
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      fault: 'transaction-conflict',
      times: 40,
    });
    const path = `/orders/${placed?.orderId}/items`;
    const add = async (index: number): Promise<void> => {
      const body = { sku: `SKU-${index}`, description: 'Item', quantity: 1, unitPrice: 100 };
      // Like a client, repeats the request with the same key until it is answered.
      await eventually(
        `item ${index}`,
        async () => (await here.acme.call('POST', path, { key: `item-${index}`, body })).status === 200,
      );
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => add(index)));
    const order = await here.acme.order(placed?.orderId as string);
    const lines = order.lines as { sku: string }[];
    assert.equal(lines.length, 50);
    assert.equal(new Set(lines.map(({ sku }) => sku)).size, 50);
    assert.equal(order.version, 51);
    assert.equal((await here.control.faults())[0]?.hits, 40);
    await here.control.heal();
    const names = await timelineOf(placed?.orderId as string);
    const count = (name: string): number => names.filter((one) => one === name).length;
    assert.deepEqual([count('command AddItem'), count('event ItemAdded'), count('event FirstItemAdded')], [50, 50, 1]);
  });

  /** Kind and type of each entry, of all pages. */
  const timelineOf = async (orderId: string): Promise<string[]> => {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `?${new URLSearchParams({ cursor })}`;
      const { status, json, text } = await here.acme.call('GET', `/orders/${orderId}/timeline${query}`);
      assert.equal(status, 200, text);
      const page = v.parse(timelineSchema, json);
      names.push(...page.entries.map(({ kind, type }) => `${kind} ${type}`));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return names;
  };
});
