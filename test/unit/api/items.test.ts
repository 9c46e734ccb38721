import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderIdFor } from '#shared/order/order-id.ts';
import { bodyOf } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';
import { adding, headers, mug, order, placing } from './orders.ts';

describe('POST /orders/{orderId}/items', () => {
  it('answers with the order as it is then', async () => {
    const { commands } = createWorld();
    await commands(placing());
    const response = await commands(adding({ headers: { ...headers, 'idempotency-key': 'key-2' } }));
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.location, undefined);
    const { version, total, lines, notifications } = bodyOf(response);
    assert.deepEqual(
      { version, total, lines, notifications },
      { version: 2, total: 5000, lines: [mug, mug], notifications: [] },
    );
  });

  it('adds once, however often it is sent', async () => {
    const { commands, store } = createWorld();
    await commands(placing());
    const [first, again] = [await commands(adding()), await commands(adding())];
    assert.equal(again.body, first.body);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal([...store.states.values()][0]?.stored.version, 2);
  });

  it('may use the key that placed the order: the path is another', async () => {
    const { commands } = createWorld();
    await commands(placing());
    assert.equal((await commands(adding())).headers['idempotency-replayed'], undefined);
  });

  for (const [title, request] of Object.entries({
    'an order that is not': adding({ id: orderIdFor('acme', 'another key') }),
    'an id that can be none': adding({ id: 'order#1' }),
    "another tenant's order": adding({ tenant: 'globex' }),
  })) {
    it(`answers 404 for ${title} and stores nothing`, async () => {
      const { commands, store } = createWorld();
      await commands(placing());
      const response = await commands(request);
      assert.equal(response.statusCode, 404);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      assert.equal(bodyOf(response).code, 'ORDER_NOT_FOUND');
      assert.equal(store.outbox.size, 1);
    });
  }

  it('stores a refusal of the order, and repeats it', async () => {
    const { commands } = createWorld();
    const most = { ...mug, quantity: 1, unitPrice: Number.MAX_SAFE_INTEGER };
    await commands(placing({ body: JSON.stringify({ ...order, lines: [most] }) }));
    const first = await commands(adding());
    const again = await commands(adding());
    assert.equal(first.statusCode, 409);
    assert.equal(bodyOf(first).code, 'ORDER_TOTAL_TOO_LARGE');
    assert.deepEqual([again.statusCode, again.body], [first.statusCode, first.body]);
    assert.deepEqual(
      [first.headers['idempotency-replayed'], again.headers['idempotency-replayed']],
      [undefined, 'true'],
    );
  });
});
