import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import type { Notification } from '#shared/notification/notification.ts';
import { nextFor } from '#shared/notification/refusals.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { orderViewSchema } from '#shared/order/responses.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { inStatus } from '#test/support/notifications.ts';
import { createWorld } from '#test/support/world/world.ts';

const orderId = orderIdFor('acme', 'key-1');
const order = {
  contact: { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' },
  currency: 'EUR',
  lines: [{ sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 }],
};
const placing = httpEvent({
  routeKey: 'POST /orders',
  tenant: 'acme',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
  body: JSON.stringify(order),
});
const getting = (tenant: unknown = 'acme', id = orderId) =>
  httpEvent({ routeKey: 'GET /orders/{orderId}', path: `/orders/${id}`, pathParameters: { orderId: id }, tenant });

describe('GET /orders/{orderId}', () => {
  it('shows the order and what has become of its notifications', async () => {
    const { commands, queries, notification, change } = createWorld();
    await commands(placing);
    const notificationId = `order_${orderId}_1-1`;
    const { channel, purpose, createdAt, correlationId, requestedBy = '' } = await notification(notificationId);
    const sent: Notification = {
      channel,
      purpose,
      createdAt,
      correlationId,
      status: 'SENT',
      providerMessageId: 'provider-1',
      sentAt: '2026-01-01T00:00:02.000Z',
      attempts: [
        {
          nonce: 'nobody else knows',
          claimedAt: '2026-01-01T00:00:01.000Z',
          outcome: 'accepted',
          settledAt: '2026-01-01T00:00:02.000Z',
          providerMessageId: 'provider-1',
        },
      ],
    };
    await change(notificationId, () => sent);

    const response = await queries(getting());
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'application/json');
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.ok(response.headers['x-correlation-id']);
    assert.deepEqual(bodyOf(response), {
      orderId,
      status: 'placed',
      version: 1,
      currency: 'EUR',
      total: 2500,
      lines: order.lines,
      placedAt: '2026-01-01T00:00:00.000Z',
      contact: order.contact,
      notifications: [
        {
          notificationId,
          channel: 'email',
          purpose,
          status: 'SENT',
          createdAt,
          sentAt: '2026-01-01T00:00:02.000Z',
          providerMessageId: 'provider-1',
          attempts: [
            {
              claimedAt: '2026-01-01T00:00:01.000Z',
              outcome: 'accepted',
              settledAt: '2026-01-01T00:00:02.000Z',
              providerMessageId: 'provider-1',
            },
          ],
        },
        {
          notificationId: `order_${orderId}_1-2`,
          channel: 'sms',
          purpose,
          causationId: envelopeId({ tenant: 'acme', type: 'order', id: orderId }, requestedBy, 1),
          status: 'PENDING',
          createdAt,
          attempts: [],
        },
      ],
    });
    assert.deepEqual(v.parse(orderViewSchema, bodyOf(response)), bodyOf(response));
  });

  const settled: [Notification['status'], object, object][] = [
    ['SENDING', { nonce: 'n', leaseUntil: 1 }, {}],
    [
      'PENDING',
      {
        dueAt: Date.UTC(2026, 0, 1, 1),
        notBefore: Date.UTC(2026, 0, 1, 1),
        deferrals: 2,
        deferredBecause: 'PERMISSION_DENIED',
        deferredSince: '2026-01-01T00:00:02.000Z',
      },
      {
        deferredBecause: 'PERMISSION_DENIED',
        deferredSince: '2026-01-01T00:00:02.000Z',
        nextTryAt: '2026-01-01T01:00:00.000Z',
        next: nextFor('PERMISSION_DENIED'),
      },
    ],
    [
      'FAILED',
      { reason: 'RECIPIENT_OPTED_OUT', failedAt: '2026-01-01T00:00:02.000Z' },
      {
        reason: 'RECIPIENT_OPTED_OUT',
        failedAt: '2026-01-01T00:00:02.000Z',
        next: nextFor('RECIPIENT_OPTED_OUT'),
      },
    ],
    [
      'UNKNOWN',
      { reason: 'timeout', since: '2026-01-01T00:00:02.000Z', deadline: 1 },
      { reason: 'timeout', unknownSince: '2026-01-01T00:00:02.000Z' },
    ],
    [
      'HELD',
      { reason: 'FEED_SILENT', heldAt: '2026-01-01T00:00:02.000Z', doubled: true },
      {
        reason: 'FEED_SILENT',
        heldAt: '2026-01-01T00:00:02.000Z',
        doubled: true,
        next:
          'Find out whether the recipient has the message. Then decide with POST /notifications/{notificationId}/resolve: ' +
          '`resend` if not, `mark-sent` if so, `cancel` if it is not needed.',
      },
    ],
  ];
  for (const [status, stored, shown] of settled) {
    it(`shows what ${status} means, and nothing that entitles to write`, async () => {
      const { commands, queries, change } = createWorld();
      await commands(placing);
      const notificationId = `order_${orderId}_1-1`;
      const common = {
        channel: 'email' as const,
        purpose: 'order-confirmation',
        createdAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'c',
        attempts: [],
      };
      await change(notificationId, () => ({ ...inStatus(status, common.createdAt), ...common, ...stored }));
      const body = bodyOf<{ notifications: object[] }>(await queries(getting()));
      const { channel, purpose, createdAt, attempts } = common;
      const expected = { notificationId, channel, purpose, status, createdAt, ...shown, attempts };
      assert.deepEqual(body.notifications[0], expected, 'a row of an earlier release has no cause');
      assert.deepEqual(v.parse(orderViewSchema, body), body);
    });
  }

  it('sorts notifications by the change that requested them', async () => {
    const numbers = ['10-1', '2-10', '2-9', '1-1'];
    const state = inStatus('PENDING');
    const listed = numbers.map((number) => ({
      notificationId: `order_${orderId}_${number}`,
      stored: { schemaVersion: 1, version: 1, state },
    }));
    const placed = { status: 'placed' as const, orderId, ...order, total: 2500, placedAt: '2026-01-01T00:00:00.000Z' };
    const { store, queriesWith } = createWorld();
    const orders = { read: async () => ({ schemaVersion: 1, version: 1, state: placed }) };
    const queries = queriesWith({ store: { ...store, listOf: async () => listed }, orders });
    const { notifications } = bodyOf<{ notifications: { notificationId: string }[] }>(await queries(getting()));
    assert.deepEqual(
      notifications.map(({ notificationId }) => notificationId.split('_')[2]),
      ['1-1', '2-9', '2-10', '10-1'],
    );
  });

  for (const [title, event] of Object.entries({
    "another tenant's order": getting('globex'),
    'an order that is not': getting('acme', orderIdFor('acme', 'another key')),
    'an id that can be none': getting('acme', 'x'),
  })) {
    it(`answers 404 for ${title}`, async () => {
      const { commands, queries } = createWorld();
      await commands(placing);
      const response = await queries(event);
      assert.equal(response.statusCode, 404);
      assert.equal(response.headers['content-type'], 'application/problem+json');
      assert.equal(bodyOf(response).code, 'ORDER_NOT_FOUND');
    });
  }

  it('answers 403 for a token without tenant', async () => {
    const { queries } = createWorld();
    assert.equal((await queries(getting(7))).statusCode, 403);
  });

  it('answers 503 when the store does not answer', async () => {
    const unavailable = () => Promise.reject(new StoreUnavailable('DynamoDB: TimeoutError'));
    const { store, queriesWith } = createWorld();
    const away = { ...store, read: unavailable, listOf: unavailable };
    const response = await queriesWith({ store: away })(getting());
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'], '1');
  });
});
