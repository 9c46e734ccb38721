import type { Subject } from '#shared/messaging/identity.ts';
import { causationIdOf } from './cause.ts';
import type { Attempt, Notification } from './notification.ts';
import { nextFor, refusalNamed } from './refusals.ts';
import type { NotificationView } from './responses.ts';

/** Why a notification is sent. */
export function reasonFields(
  subject: Subject,
  notification: Notification,
): Pick<NotificationView, 'purpose' | 'causationId'> {
  const causationId = causationIdOf(subject, notification);
  return { purpose: notification.purpose, ...(causationId !== undefined && { causationId }) };
}

/** When and why a notification got its status. */
export function statusFields(notification: Notification): Partial<NotificationView> {
  switch (notification.status) {
    case 'PENDING':
      return waitingFields(notification);
    case 'SENDING':
      return {};
    case 'SENT':
      return sentFields(notification);
    case 'FAILED':
      return { failedAt: notification.failedAt, reason: notification.reason, next: nextFor(notification.reason) };
    case 'UNKNOWN':
      return { unknownSince: notification.since, reason: notification.reason };
    case 'HELD':
      return { heldAt: notification.heldAt, reason: notification.reason, next: nextForHeld(notification.reason) };
    case 'SUPPRESSED':
      return { suppressedAt: notification.suppressedAt };
    case 'CANCELLED':
      return { cancelledAt: notification.cancelledAt };
    default:
      return notification satisfies never;
  }
}

/** Most reasons why it is HELD mean that its outcome is unknown. Then the same decision is needed. */
const nextForHeld = (reason: string): string => refusalNamed(reason)?.next ?? DECIDE;

const DECIDE =
  'Find out whether the recipient has the message. Then decide with POST /notifications/{notificationId}/resolve: ' +
  '`resend` if not, `mark-sent` if so, `cancel` if it is not needed.';

/** For a deferred notification: the reason, the start, the time of the next try, and what a person can do about it. */
function waitingFields({
  deferredBecause,
  deferredSince,
  dueAt,
}: Extract<Notification, { status: 'PENDING' }>): Partial<NotificationView> {
  if (deferredBecause === undefined) return {};
  return {
    deferredBecause,
    ...(deferredSince !== undefined && { deferredSince }),
    nextTryAt: new Date(dueAt).toISOString(),
    next: nextFor(deferredBecause),
  };
}

function sentFields({
  sentAt,
  providerMessageId,
}: Extract<Notification, { status: 'SENT' }>): Partial<NotificationView> {
  return { sentAt, ...(providerMessageId !== undefined && { providerMessageId }) };
}

/** The view omits the nonce, because the nonce entitles a sender to write. */
export function attemptView({
  nonce: _nonce,
  leftOut: _leftOut,
  ...attempt
}: Attempt): NotificationView['attempts'][number] {
  return attempt;
}
