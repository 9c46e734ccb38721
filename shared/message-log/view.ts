import { acceptedAttempt, type Notification } from '#shared/notification/notification.ts';
import { outcomeAt } from '#shared/notification/outcomes.ts';
import type { LoggedNotification } from './ports.ts';
import type { RecipientView } from './responses.ts';

/**
 * The outcome for each recipient: the outcome that the provider reported, else SUPPRESSED if the recipient was left
 * out, else the status of the whole notification. A recipient whose content was erased has no address.
 */
export function recipientsOf({ stored, content, events }: LoggedNotification): RecipientView[] {
  const notification = stored.state;
  const addresses = content?.recipients ?? [];
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
