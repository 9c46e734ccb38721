import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { orderAnswerSchema, orderViewSchema } from '#shared/order/responses.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';
import { adding, headers, orderId, placing } from './orders.ts';

type More = { key?: string; ifMatch?: string; body?: unknown; id?: string };

const stepping = (action: string, { key = action, ifMatch, body = {}, id = orderId }: More = {}) =>
  httpEvent({
    routeKey: `POST /orders/{orderId}/${action}`,
    path: `/orders/${id}/${action}`,
    pathParameters: { orderId: id },
    tenant: 'acme',
    headers: { ...headers, 'idempotency-key': key, 'if-match': ifMatch },
    body: JSON.stringify(body),
  });
const cancelling = (more: More = {}) => stepping('cancel', { body: { reason: 'Ada has moved to Paris.' }, ...more });
const getting = httpEvent({
  routeKey: 'GET /orders/{orderId}',
  path: `/orders/${orderId}`,
  pathParameters: { orderId },
  tenant: 'acme',
});

/** A world with one placed order. */
async function placed() {
  const world = createWorld();
  await world.commands(placing());
  return world;
}

describe('the steps of an order', () => {
  it('confirms and approves it, with the new state in each answer and in the order', async () => {
    const { commands, queries } = await placed();
    for (const [action, status, version] of [
      ['confirm', 'confirmed', 2],
      ['approve', 'approved', 3],
    ] as const) {
      const response = await commands(stepping(action));
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers.etag, `"${version}"`);
      assert.deepEqual(v.parse(orderAnswerSchema, bodyOf(response)), bodyOf(response));
      assert.partialDeepStrictEqual(bodyOf(response), { status, version, notifications: [] });
    }
    const shown = await queries(getting);
    const at = '2026-01-01T00:00:00.000Z';
    assert.equal(shown.headers.etag, '"3"');
    assert.partialDeepStrictEqual(bodyOf(shown), { status: 'approved', version: 3, confirmedAt: at, approvedAt: at });
    assert.deepEqual(v.parse(orderViewSchema, bodyOf(shown)), bodyOf(shown));
  });

  it('cancels it with one e-mail, and shows the reason in the order only', async () => {
    const { commands, queries, store, log } = await placed();
    const answers = [await commands(cancelling()), await commands(cancelling())];
    for (const response of answers) {
      assert.deepEqual([response.statusCode, response.headers.etag], [200, '"2"']);
      assert.partialDeepStrictEqual(bodyOf(response), {
        status: 'cancelled',
        notifications: [{ notificationId: `order_${orderId}_2-1`, channel: 'email', status: 'PENDING' }],
      });
    }
    assert.equal(answers[1]?.headers['idempotency-replayed'], 'true');
    const shown = bodyOf(await queries(getting));
    assert.equal(shown.reason, 'Ada has moved to Paris.');
    assert.deepEqual(v.parse(orderViewSchema, shown), shown);
    assert.ok(!JSON.stringify([[...store.outbox.values()], log.lines]).includes('Paris'));
  });

  it('stores a refusal with the next steps, and writes nothing else', async () => {
    const { commands, store } = await placed();
    const first = await commands(stepping('approve'));
    assert.deepEqual([first.statusCode, bodyOf(first).code], [409, 'ORDER_IS_PLACED']);
    assert.equal(bodyOf(first).next, 'You can add items to it, confirm it or cancel it.');
    await commands(stepping('confirm'));
    const again = await commands(stepping('approve'));
    assert.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
    assert.deepEqual(
      [...store.outbox.values()].map(({ messages }) => messages.length),
      [4, 0, 1],
    );
  });

  it('refuses a body with other fields, and a cancellation without a reason', async () => {
    const { commands, store } = await placed();
    const bodies: [string, unknown][] = [
      ['confirm', { note: 'x' }],
      ['approve', []],
      ['cancel', {}],
      ['cancel', { reason: '' }],
      ['cancel', { reason: 'two\nlines' }],
      ['cancel', { reason: 'x'.repeat(501) }],
    ];
    for (const [action, body] of bodies) {
      const response = await commands(stepping(action, { body }));
      assert.deepEqual([response.statusCode, bodyOf(response).code], [400, 'VALIDATION_FAILED'], action);
    }
    assert.equal(store.outbox.size, 1);
  });
});

describe('If-Match', () => {
  it('lets a command through to the version that it names, and to any version with an asterisk', async () => {
    const { commands } = await placed();
    assert.equal((await commands(stepping('confirm', { ifMatch: '"1"' }))).statusCode, 200);
    assert.equal((await commands(stepping('approve', { ifMatch: '*' }))).statusCode, 200);
  });

  it('answers 412 with the current version, stores nothing, and the same key may be used again', async () => {
    const { commands, store } = await placed();
    const refused = await commands(stepping('confirm', { ifMatch: '"5"' }));
    assert.equal(refused.statusCode, 412);
    const { code, currentVersion, detail, next } = bodyOf(refused);
    assert.deepEqual([code, currentVersion], ['VERSION_MISMATCH', 1]);
    assert.equal(detail, 'The command is for version 5, but the current version is 1.');
    assert.match(String(next), /Read the current version/);
    assert.equal(store.outbox.size, 1);
    const right = await commands(stepping('confirm', { ifMatch: '"1"' }));
    assert.deepEqual([right.statusCode, right.headers['idempotency-replayed']], [200, undefined]);
  });

  it('does not keep a repetition from its stored answer', async () => {
    const { commands } = await placed();
    const first = await commands(stepping('confirm', { ifMatch: '"1"' }));
    await commands(stepping('approve'));
    const again = await commands(stepping('confirm', { ifMatch: '"1"' }));
    assert.deepEqual(
      [again.statusCode, again.body, again.headers.etag, again.headers['idempotency-replayed']],
      [200, first.body, '"2"', 'true'],
    );
  });

  it('says 404 before 412', async () => {
    const { commands } = createWorld();
    assert.equal((await commands(stepping('confirm', { ifMatch: '"5"' }))).statusCode, 404);
  });

  for (const ifMatch of ['5', '"05"', '"00"', 'W/"5"', '"5","6"', '"abc"', '', '"5', '"1234567890123456"']) {
    it(`is refused as ${JSON.stringify(ifMatch)}`, async () => {
      const { commands, store } = await placed();
      const response = await commands(adding({ headers: { ...headers, 'if-match': ifMatch } }));
      assert.deepEqual([response.statusCode, bodyOf(response).code], [400, 'IF_MATCH_INVALID']);
      assert.equal(store.outbox.size, 1);
    });
  }
});
