import type { NotificationContent } from '#shared/notification/content.ts';
import { type Attempt, acceptedAttempt, type Notification } from '#shared/notification/notification.ts';
import { outcomeAt } from '#shared/notification/outcomes.ts';
import { nextFor } from '#shared/notification/refusals.ts';
import type { NotificationView } from '#shared/notification/responses.ts';
import type { LoggedNotification } from './ports.ts';
import type { RecipientView } from './responses.ts';

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
      return { heldAt: notification.heldAt, reason: notification.reason };
    case 'SUPPRESSED':
      return { suppressedAt: notification.suppressedAt };
    case 'CANCELLED':
      return { cancelledAt: notification.cancelledAt };
    default:
      return notification satisfies never;
  }
}

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

/**
 * The outcome for each recipient: the outcome that the provider reported, else SUPPRESSED if the recipient was left
 * out, else the status of the whole notification. A recipient whose content was erased has no address.
 */
export function recipientsOf({ stored, content, events }: LoggedNotification): RecipientView[] {
  const notification = stored.state as Notification;
  const addresses = (content as Partial<NotificationContent> | undefined)?.recipients ?? [];
  const leftOut = leftOutOf(notification);
  const count = Math.max(addresses.length, notification.recipients?.length ?? 0);
  return Array.from({ length: count }, (_, position) => {
    const address = addresses[position] || undefined;
    const event = outcomeAt(events, position);
    const withoutEvent = leftOut.includes(position) ? 'SUPPRESSED' : notification.status;
    return {
      // An erased address is stored as an empty string at its position.
      ...(address && { address }),
      outcome: event?.kind ?? withoutEvent,
      ...(event && { at: event.at }),
      ...(event?.code !== undefined && { code: event.code }),
    };
  });
}

/** The recipients that were left out of the accepted attempt, or of the last attempt if none was accepted. */
export const leftOutOf = (notification: Notification): readonly number[] =>
  (acceptedAttempt(notification) ?? notification.attempts.at(-1))?.leftOut ?? [];
