import assert from 'node:assert/strict';
import * as v from 'valibot';
import { messageLogSchema } from '#shared/message-log/responses.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { httpEvent } from '#test/support/http-event.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { notificationRows } from '#test/support/requested.ts';
import { createWorld } from '#test/support/world/world.ts';

export const SECRET = 'key of the tests';
const keyOfRecipient = recipientKey(SECRET);
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

export type Parameters = Record<string, string>;
type Listed = { notificationId: string; recipients: { address?: string; outcome: string }[] } & Record<string, unknown>;
type Answer = { notifications: Listed[]; nextCursor?: string; errors?: Fault[]; code?: string };

/** `serve-query` over a store in memory, and its two requests about notifications. */
export function logInMemory(secret = SECRET) {
  const { store, queries } = createWorld({ secret: async () => secret });
  const list = async (parameters: Parameters = {}, tenant = 'acme') => {
    const event = httpEvent({ routeKey: 'GET /notifications', tenant });
    const { statusCode, body } = await queries({ ...event, queryStringParameters: parameters });
    const answer = JSON.parse(body) as Answer;
    if (statusCode === 200) assert.deepEqual(v.parse(messageLogSchema, answer), answer);
    return { statusCode, answer };
  };
  const show = (notificationId: string, tenant = 'acme') =>
    queries(httpEvent({ routeKey: 'GET /notifications/{notificationId}', pathParameters: { notificationId }, tenant }));
  return { store, list, show };
}

let subjects = 0;

/** Writes a notification in this state, with its content. */
export async function put(
  store: MemoryStore,
  state: Partial<Notification> & { createdAt: string },
  { tenant = 'acme', addresses = ['ada@example.com'], content = {} } = {},
): Promise<NotificationKey> {
  subjects += 1;
  const id = String(subjects)
    .padStart(26, 'a')
    .replaceAll(/\d/g, (digit) => 'bcdefghijk'[Number(digit)] ?? '');
  const channel = state.channel ?? 'email';
  const key = notificationKeyOf({ tenant, type: 'order', id }, `order_${id}_1-1`);
  const recipients = addresses.map((address) => keyOfRecipient(tenant, channel, address));
  const common = {
    channel,
    purpose: 'order-confirmation',
    correlationId: 'c',
    attempts: [],
    recipients,
    requestedBy: 'http#c',
  };
  await store.commit({
    key: { tenant, type: 'order', id },
    expectedVersion: 0,
    outbox: {
      subject: { tenant, type: 'order', id },
      commandId: 'http#c',
      nonce: 'n',
      fingerprint: 'f',
      outcome: { accepted: true, version: 1, answer: '{}' },
      messages: [],
      createdAt: state.createdAt,
    },
    rows: notificationRows(key, {
      notificationId: key.notificationId,
      createdAt: state.createdAt,
      state: { ...common, status: 'SENT', sentAt: state.createdAt, ...state },
      content: { recipients: addresses, template: 'order-confirmation', ...content },
      due: { kind: 'notification', at: 0 },
    }),
  });
  return key;
}
