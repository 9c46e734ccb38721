import type { Announcement } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import type { NotificationContent } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';

/** What deciders that ask for notifications are passed, with a key of recipients that shows what it stands for. */
export const TERMS: NotificationTerms = {
  firstClaimMs: 300_000,
  recipientKey: (tenant, channel, address) => `key of ${tenant} ${channel} ${address}`,
};

/** A notification as a test wants it in the store: its row and its content. */
export type TestNotification = {
  notificationId: string;
  schemaVersion?: number;
  state: object;
  content: object;
  due: Due;
  /** Epoch seconds. */
  expiresAt?: number;
  /** ISO 8601; its place in the log. */
  createdAt?: string;
};

export const keyOfNotification = (subject: Subject, { notificationId }: TestNotification): NotificationKey =>
  notificationKeyOf(subject, notificationId);

/** The two rows of a notification, as `requestNotification` makes them. */
export function notificationRows(subject: Subject, notification: TestNotification): NewRow[] {
  const { notificationId, schemaVersion = 1, state, content, due, expiresAt, createdAt } = notification;
  const key = notificationKeyOf(subject, notificationId);
  const at = createdAt ?? '2026-01-01T00:00:00.000Z';
  return [
    {
      kind: 'state',
      key,
      stored: { schemaVersion, version: 1, state, due },
      attributes: { logTenant: subject.tenant, logOrder: `${at}#${notificationId}` },
    },
    {
      kind: 'record',
      key,
      type: 'content',
      schemaVersion: 1,
      value: content,
      ...(expiresAt !== undefined && { expiresAt }),
    },
  ];
}

/** States and contents of the notifications that an announcement asks for, in its order. */
export function requestedIn({ rows }: Announcement): { state: Notification; content: NotificationContent }[] {
  const states = rows.flatMap((row) => (row.kind === 'state' ? [row.stored.state as Notification] : []));
  const contents = rows.flatMap((row) => (row.kind === 'record' ? [row.value as NotificationContent] : []));
  return states.map((state, index) => ({ state, content: contents[index] as NotificationContent }));
}
