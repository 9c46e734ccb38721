import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseWith } from '#shared/messaging/parse.ts';
import { listOf, number, openObject, optional, someText, text } from '#shared/messaging/read.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import { FUNCTION } from '#shared/names.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { ContentStore, NotificationKey, NotificationStore } from '#shared/notification/ports.ts';
import { NO_NOTIFICATIONS } from '#shared/notification/request.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import type { DeadLetterStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { covers, type Erasure, type ErasureScope } from './erasure.ts';
import { erasureKeyOf } from './erasure-key.ts';
import { messageOf } from './erasure-redriver.ts';

export type VisitPorts = ExecutorPorts & {
  messageLog: Pick<MessageLogStore, 'readStates'>;
  notifications: Pick<NotificationStore, 'read' | 'replace' | 'listOf'>;
  contents: ContentStore;
  deadLetters: Pick<DeadLetterStore, 'recordDeadLetter'>;
  log: Log;
};

/** Id under which the transitions of an erasure are recorded. */
const SUBSCRIBER = 'erase';
/** Function under which dead letters of erasures are stored: the one that walks the log. */
const DEAD_LETTERS = FUNCTION.wakeDue;
/** An id in the log that this release cannot parse. A newer release can. */
export const UNKNOWN_ID = 'UNKNOWN_ID';

/** The result of applying an erasure to a notification. `not-covered`: the erasure does not cover it. */
export type Visit =
  | { kind: 'not-covered' }
  | { kind: 'erased'; count: number }
  /** It is being sent. */
  | { kind: 'blocked' }
  /** The notification, or a row that belongs to it, cannot be read. Only its key is known. */
  | { kind: 'unreadable'; code: string };

/** Visits a notification by its id alone. */
export async function visitById(
  tenant: string,
  notificationId: string,
  erasure: Erasure,
  ports: VisitPorts,
): Promise<Visit> {
  const key = notificationKey(tenant, notificationId);
  if (!key) return { kind: 'unreadable', code: UNKNOWN_ID };
  return visitRow(key, await readable(() => ports.notifications.read(key)), erasure, ports);
}

type Unreadable = NewerVersion | PoisonMessage;
const isUnreadable = (error: unknown): error is Unreadable =>
  error instanceof NewerVersion || error instanceof PoisonMessage;

/** The value, or the error that says why this release cannot read it. */
async function readable<Value>(read: () => Promise<Value>): Promise<Value | Unreadable> {
  try {
    return await read();
  } catch (error) {
    if (isUnreadable(error)) return error;
    throw error;
  }
}

/** States by id. If one cannot be read, the whole call fails, so each one is then read separately. */
export async function statesOf(
  keys: readonly NotificationKey[],
  { messageLog, notifications }: VisitPorts,
): Promise<ReadonlyMap<string, StoredState<Notification> | Unreadable>> {
  const states = await readable(() => messageLog.readStates(keys));
  if (!isUnreadable(states)) return states;
  const single = new Map<string, StoredState<Notification> | Unreadable>();
  for (const key of keys) {
    const state = await readable(() => notifications.read(key));
    if (state) single.set(key.notificationId, state);
  }
  return single;
}

/** Visits a notification. One that cannot be read is set aside, so that it does not block the others. */
export async function visitRow(
  key: NotificationKey,
  row: StoredState<Notification> | Unreadable | undefined,
  erasure: Erasure,
  ports: VisitPorts,
): Promise<Visit> {
  if (row === undefined) return { kind: 'not-covered' };
  if (isUnreadable(row)) return setAside(key, row, erasure, ports);
  const visit = await readable(async (): Promise<Visit> => {
    const notification = erasableOf(row);
    if (!covers(erasure, notification)) return { kind: 'not-covered' };
    return eraseSubject(key, erasure, ports);
  });
  return isUnreadable(visit) ? setAside(key, visit, erasure, ports) : visit;
}

const anErasable = openObject({
  status: someText,
  createdAt: someText,
  customerId: optional(text),
  recipients: optional(listOf(text)),
  erased: optional(listOf(number)),
});

/** @throws PoisonMessage if the row does not show which person it belongs to. */
function erasableOf({ state }: StoredState<Notification>): Notification {
  parseWith(anErasable, state, 'The notification row cannot be read');
  return state;
}

/** A newer release can read its own rows. A row that no release can read becomes a dead letter for an operator. */
async function setAside(
  key: NotificationKey,
  error: Unreadable,
  { scope }: Erasure,
  { deadLetters, clock, log }: VisitPorts,
): Promise<Visit> {
  const { tenant, notificationId } = key;
  const code = error instanceof PoisonMessage ? error.reason : error.code;
  log.warn('Notification not erased: it cannot be read', { notificationId, code });
  if (error instanceof PoisonMessage) {
    const message = messageOf({ tenant, notificationId, erasureId: erasureKeyOf(tenant, scope).id });
    const id = `${tenant}/erasure/${notificationId}`;
    const letter = { subscriber: DEAD_LETTERS, id, reason: code, detail: error.message, message };
    await deadLetters.recordDeadLetter(letter, clock.now());
  }
  return { kind: 'unreadable', code };
}

/**
 * Erases the notification. If it is about an order, it also erases the order's contact and the order's other
 * notifications, because they went to the same person. The contact is erased first, so that no later command requests
 * a notification with it. A row that cannot be read does not stop the erasure of the others.
 * @throws NewerVersion, PoisonMessage: some of the data is not erased.
 */
async function eraseSubject(key: NotificationKey, erasure: Erasure, ports: VisitPorts): Promise<Visit> {
  const { notificationId, tenant, type, id } = key;
  const subject: Subject = { tenant, type, id };
  if (subject.type !== 'order') return visitOf([await eraseNotification(key, erasure.scope, ports)]);
  const contact = await readable(() => eraseContact(subject, erasure, ports));
  const listed = await readable(() => ports.notifications.listOf(subject));
  const ids = isUnreadable(listed) ? [notificationId] : listed.map((one) => one.notificationId);
  const visits: (number | 'blocked' | Unreadable)[] = [];
  for (const id of ids) {
    visits.push(await readable(() => eraseNotification(notificationKeyOf(subject, id), undefined, ports)));
  }
  const failure = [contact, listed, ...visits].find(isUnreadable);
  if (failure) throw failure;
  return visitOf(visits);
}

function visitOf(visits: readonly (number | 'blocked' | Unreadable)[]): Visit {
  if (visits.includes('blocked')) return { kind: 'blocked' };
  const counts = visits.filter((visit) => typeof visit === 'number');
  return { kind: 'erased', count: counts.reduce((sum, count) => sum + count, 0) };
}

async function eraseContact(subject: Subject, { correlationId }: Erasure, ports: VisitPorts): Promise<void> {
  await executeTransition(
    { decider: orderDecider, key: subject, command: { type: 'EraseContact' }, terms: NO_NOTIFICATIONS },
    {
      subscriber: SUBSCRIBER,
      transitionId: `${subject.type}_${subject.id}`,
      metadata: { correlationId },
    },
    ports,
  );
}

/**
 * Erases the row first, so that no sender claims it any more, and then the content. If a message has several
 * recipients, only the address of the erased one is removed from the content. The whole content is erased when no
 * recipient is left. @returns how many notifications were erased; `blocked`: it is being sent.
 */
async function eraseNotification(
  key: NotificationKey,
  scope: ErasureScope | undefined,
  ports: VisitPorts,
): Promise<number | 'blocked'> {
  const stored = await ports.notifications.read(key);
  if (!stored) return 0;
  const notification = erasableOf(stored);
  if (notification.status === 'SENDING') return 'blocked';
  const positions = positionsOf(notification, scope);
  const { outcome } = await executeTransition(
    { decider: notificationDecider, key, command: { type: 'Erase', positions } },
    {
      subscriber: SUBSCRIBER,
      // Two erasures for different recipients may read the same version. The positions make their ids different.
      transitionId: `${key.notificationId}#${stored.version}#${positions.join()}`,
      metadata: { correlationId: notification.correlationId },
    },
    ports,
  );
  // A sender has claimed it since it was read.
  if (!outcome.accepted) return 'blocked';
  await ports.contents.eraseContent(key, (await isAnyRecipientLeft(key, ports)) ? positions : 'all');
  return notification.erasedAt === undefined ? 1 : 0;
}

/** Read this after writing the row: of two concurrent erasures, the later one then sees both. */
async function isAnyRecipientLeft(key: NotificationKey, { notifications }: VisitPorts): Promise<boolean> {
  const { recipients = [], erased = [] } = (await notifications.read(key))?.state ?? {};
  return recipients.some((_, position) => !erased.includes(position));
}

/** Positions of the recipients that the scope covers. Without a scope, or with a customer's scope: all positions. */
function positionsOf({ recipients = [] }: Notification, scope: ErasureScope | undefined): number[] {
  const isCovered = (recipient: string): boolean =>
    scope === undefined || 'customerId' in scope || recipient === scope.recipient;
  return recipients.flatMap((recipient, position) => (isCovered(recipient) ? [position] : []));
}
