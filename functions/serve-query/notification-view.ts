import type { RecipientView } from '#shared/api/log-responses.ts';
import type { NotificationView } from '#shared/api/responses.ts';
import type { NotificationContent } from '#shared/domain/notification/content.ts';
import { type Attempt, acceptedAttempt, type Notification } from '#shared/domain/notification/notification.ts';
import { outcomeAt } from '#shared/domain/notification/outcomes.ts';
import { nextFor } from '#shared/domain/notification/refusals.ts';
import type { LoggedNotification } from '#shared/ports.ts';

/** When a notification came to its status, and why. */
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

/** Of one that was deferred: why, since when, until when, and what a person can do about it. */
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

/** Without the nonce, which is what entitles a sender to write. */
export function attemptView({
  nonce: _nonce,
  leftOut: _leftOut,
  ...attempt
}: Attempt): NotificationView['attempts'][number] {
  return attempt;
}

/**
 * What became of it at each recipient: what the provider told, or that they were left out, or as much as is known of
 * the whole message. Whose content was erased has no address any more.
 */
export function recipientsOf({ stored, content, events }: LoggedNotification): RecipientView[] {
  const notification = stored.state as Notification;
  const addresses = (content as Partial<NotificationContent> | undefined)?.recipients ?? [];
  const leftOut = leftOutOf(notification);
  const count = Math.max(addresses.length, notification.recipients?.length ?? 0);
  return Array.from({ length: count }, (_, position) => {
    const address = addresses[position] || undefined;
    const told = outcomeAt(events, position);
    const silent = leftOut.includes(position) ? 'SUPPRESSED' : notification.status;
    return {
      // One that was erased is left as nothing in its place.
      ...(address && { address }),
      outcome: told?.kind ?? silent,
      ...(told && { at: told.at }),
      ...(told?.code !== undefined && { code: told.code }),
    };
  });
}

/** Of the attempt that was accepted, or else of the last. */
export const leftOutOf = (notification: Notification): readonly number[] =>
  (acceptedAttempt(notification) ?? notification.attempts.at(-1))?.leftOut ?? [];
