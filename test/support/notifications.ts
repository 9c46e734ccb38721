import assert from 'node:assert/strict';
import type { StoredState } from '#shared/messaging/rows.ts';
import { dueOf, type Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';

type Status = Notification['status'];

/** A restore, and moments on either side of it. */
export const RESTORED_AT = '2026-01-01T12:00:00.000Z';
export const BEFORE = '2026-01-01T11:00:00.000Z';
export const AFTER = '2026-01-01T12:00:00.001Z';

export const STATUSES: Status[] = [
  'PENDING',
  'SENDING',
  'SENT',
  'FAILED',
  'UNKNOWN',
  'HELD',
  'SUPPRESSED',
  'CANCELLED',
];
/** Statuses after which something may still happen. */
export const OPEN: Status[] = ['PENDING', 'SENDING', 'UNKNOWN', 'HELD'];

export const keyOf = (id: string): NotificationKey =>
  notificationKeyOf({ tenant: 'acme', type: 'order', id }, `order_${id}_1-1`);

/** A notification in each status, as its life would have left it. */
export function inStatus(status: Status, createdAt = BEFORE): Notification {
  const attempt = { nonce: 'one', claimedAt: BEFORE };
  const base = { channel: 'email' as const, purpose: 'order-confirmation', createdAt, correlationId: 'c' };
  switch (status) {
    case 'PENDING':
      return { ...base, attempts: [], status, dueAt: Date.parse(BEFORE) };
    case 'SENDING':
      return { ...base, attempts: [attempt], status, nonce: 'one', leaseUntil: Date.parse(BEFORE) };
    case 'SENT':
      return { ...base, attempts: [attempt], status, providerMessageId: 'p', sentAt: BEFORE };
    case 'FAILED':
      return { ...base, attempts: [attempt], status, reason: 'MessageRejected', failedAt: BEFORE };
    case 'UNKNOWN':
      return { ...base, attempts: [attempt], status, reason: 'TimeoutError', since: BEFORE, deadline: 1 };
    case 'HELD':
      return { ...base, attempts: [attempt], status, reason: 'FEED_SILENT', heldAt: BEFORE };
    case 'SUPPRESSED':
      return { ...base, attempts: [], status, suppressedAt: BEFORE };
    case 'CANCELLED':
      return { ...base, attempts: [], status, cancelledAt: BEFORE };
    default:
      return status satisfies never;
  }
}

/** As a row of its own, in its first version. */
export function stored(notification: Notification): StoredState<Notification> {
  const due = dueOf(notification);
  return { schemaVersion: 1, version: 1, state: notification, ...(due && { due }) };
}

export async function putNotification(
  store: NotificationStore,
  id: string,
  notification: Notification,
): Promise<NotificationKey> {
  const key = keyOf(id);
  assert.deepEqual(await store.replace(key, 0, stored(notification)), { kind: 'replaced' });
  return key;
}
