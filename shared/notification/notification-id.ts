import type { StatePart, Subject } from '#shared/messaging/identity.ts';

/** The key of a notification's state. It is stored in the partition of the subject that it is about. */
export type NotificationKey = Subject & { part: StatePart; notificationId: string };

/** The parts of a notification id. */
export type NotificationAddress = { type: string; id: string; number: string };

const NOTIFICATION_ID = /^(?<type>[a-z]+)_(?<id>[A-Za-z0-9_-]+)_(?<number>[0-9]+-[0-9]+)$/;

/**
 * The deterministic id of a notification: subject type, subject id, and the version and position of the change that
 * requested it. It has only `A-Z a-z 0-9 _ -`, so that it can be an SES tag. Type and number contain no `_`, so the
 * id can be split again at its first and its last `_`.
 */
export function notificationIdOf(subject: Subject, version: number, position: number): string {
  return `${subject.type}_${subject.id}_${version}-${position}`;
}

/**
 * What processes about a subject request has the version 0 in its id, which no change of the subject has. Each process
 * has its own position. The positions never change, because ids contain them.
 */
export const OF_PROCESS = { version: 0, approval: 1, reminder: 2 } as const;

/** Splits a notification id; undefined if the text is not one. */
export function parseNotificationId(notificationId: string): NotificationAddress | undefined {
  const { type = '', id = '', number = '' } = NOTIFICATION_ID.exec(notificationId)?.groups ?? {};
  return type === '' ? undefined : { type, id, number };
}

/** The key of a tenant's notification; undefined if the id is invalid. */
export function notificationKey(tenant: string, notificationId: string): NotificationKey | undefined {
  const address = parseNotificationId(notificationId);
  return address && notificationKeyOf({ tenant, type: address.type, id: address.id }, notificationId);
}

/** The key of a subject's notification. */
export const notificationKeyOf = ({ tenant, type, id }: Subject, notificationId: string): NotificationKey => ({
  tenant,
  type,
  id,
  part: { type: 'notification', id: notificationId },
  notificationId,
});

/** The fault of a message that names a notification which does not exist. */
export const NO_SUCH_NOTIFICATION = {
  reason: 'NO_SUCH_NOTIFICATION',
  detail: 'The tenant has no notification with this id.',
};
