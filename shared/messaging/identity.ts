/** Who the data belongs to and what it is about. The address of every row follows from it. */
export type Subject = {
  tenant: string;
  /** Kind of subject: `order`, `customer`, … (lower-case letters). */
  type: string;
  id: string;
};

/** The address of one versioned state: a subject's own, or one of the notifications about it. */
export type StateKey = Subject & { notificationId?: string };

/** A notification id says where its row is; this is what it is made of. */
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
export function notificationKey(
  tenant: string,
  notificationId: string,
): (StateKey & { notificationId: string }) | undefined {
  const address = parseNotificationId(notificationId);
  return address && { tenant, type: address.type, id: address.id, notificationId };
}

/** `order/abc123`, or `notification/order_abc123_1-1`. */
export function subjectName(key: StateKey): string {
  return key.notificationId === undefined ? `${key.type}/${key.id}` : `notification/${key.notificationId}`;
}
