import type { StatePart, Subject } from '#shared/messaging/identity.ts';

/** Where a notification's state is kept: in the partition of the subject that it is about. */
export type NotificationKey = Subject & { part: StatePart; notificationId: string };

/** What a notification id is made of. */
export type NotificationAddress = { type: string; id: string; number: string };

const NOTIFICATION_ID = /^(?<type>[a-z]+)_(?<id>[A-Za-z0-9-]+)_(?<number>[0-9]+-[0-9]+)$/;

/**
 * Deterministic id of a notification: subject type, subject id, and the version and position of the
 * change that asked for it. Only `A-Z a-z 0-9 _ -`, so that it can be an SES tag, and `_` only
 * between the three parts, so that it can be taken apart again.
 */
export function notificationIdOf(subject: Subject, version: number, position: number): string {
  return `${subject.type}_${subject.id}_${version}-${position}`;
}

/** Takes a notification id apart; undefined if it is none. */
export function parseNotificationId(notificationId: string): NotificationAddress | undefined {
  const { type = '', id = '', number = '' } = NOTIFICATION_ID.exec(notificationId)?.groups ?? {};
  return type === '' ? undefined : { type, id, number };
}

/** Where a tenant's notification is kept; undefined if the id is none. */
export function notificationKey(tenant: string, notificationId: string): NotificationKey | undefined {
  const address = parseNotificationId(notificationId);
  return address && notificationKeyOf({ tenant, type: address.type, id: address.id }, notificationId);
}

/** Where a subject's notification is kept. */
export const notificationKeyOf = ({ tenant, type, id }: Subject, notificationId: string): NotificationKey => ({
  tenant,
  type,
  id,
  part: { type: 'notification', id: notificationId },
  notificationId,
});
