import type { NotificationEvent } from './events.ts';
import {
  type Attempt,
  type Notification,
  type NotificationChange,
  type NotificationProgress,
  sentProgress,
} from './notification.ts';
import { attemptsAfter } from './repeat.ts';

/** What an event changes of its notification. */
export function changeBy(event: NotificationEvent, notification: Notification): NotificationChange {
  switch (event.type) {
    case 'AttemptAccepted':
      return settled(notification, event.nonce, {
        outcome: 'accepted',
        providerMessageId: event.providerMessageId,
        settledAt: event.at,
      });
    case 'AttemptRejected':
      return settled(notification, event.nonce, {
        outcome: 'rejected',
        reason: event.reason,
        settledAt: event.at,
        ...(event.answer && { answer: event.answer }),
      });
    case 'AttemptUnrepeated':
      return { header: { attempts: attemptsAfter(notification, event.repeat) } };
    case 'AttemptUnknown':
      return unknown(notification, event);
    case 'NotificationFailed':
      return { progress: { status: 'FAILED', reason: event.reason, failedAt: event.at } };
    case 'NotificationDoubled':
      return { header: { doubled: true } };
    case 'ResendAuthorised':
    case 'RedriveAuthorised':
      // It is a new decision to send it, so earlier deferrals no longer count.
      return {
        header: { deferrals: undefined, deferredSince: undefined },
        progress: { status: 'PENDING', dueAt: event.dueAt },
      };
    case 'NotificationHeld':
      return { progress: { status: 'HELD', reason: event.reason, heldAt: event.at } };
    case 'NotificationSent':
      return {};
    case 'NotificationSuppressed':
      return { progress: suppressed(event) };
    case 'OutcomeKnown':
      return { header: { outcomes: [...(notification.outcomes ?? []), event.outcome] } };
    case 'NotificationResolved':
      return { header: { resolutions: [...(notification.resolutions ?? []), event.resolution] } };
    case 'NotificationMarkedSent':
      return { progress: { status: 'SENT', sentAt: event.at } };
    case 'NotificationCancelled':
      return { progress: { status: 'CANCELLED', cancelledAt: event.at } };
    case 'RecipientsErased':
      return withoutRecipients(notification, event.positions, event.at);
    default:
      return event satisfies never;
  }
}

const suppressed = ({
  at,
  reason,
}: Extract<NotificationEvent, { type: 'NotificationSuppressed' }>): NotificationProgress => ({
  status: 'SUPPRESSED',
  suppressedAt: at,
  ...(reason !== undefined && { reason }),
});

/** An unknown outcome is judged at its deadline, unless another attempt was accepted. */
function unknown(
  notification: Notification,
  { nonce, reason, at, deadline }: Extract<NotificationEvent, { type: 'AttemptUnknown' }>,
): NotificationChange {
  const change = settled(notification, nonce, { outcome: 'unknown', reason, settledAt: at });
  if (change.progress || notification.status !== 'SENDING') return change;
  return { ...change, progress: { status: 'UNKNOWN', reason, since: at, deadline } };
}

/** Records an attempt's outcome. SENT if any attempt was accepted, unless the call of another one is in progress. */
function settled(
  notification: Notification,
  nonce: string,
  outcome: Partial<Attempt> & { settledAt: string },
): NotificationChange {
  const attempts = withAttempt(notification, nonce, outcome.settledAt).map((attempt) =>
    attempt.nonce === nonce ? { ...attempt, ...outcome } : attempt,
  );
  const isOtherInProgress = notification.status === 'SENDING' && notification.nonce !== nonce;
  return { header: { attempts }, progress: isOtherInProgress ? undefined : sentProgress(attempts) };
}

/** Restores an attempt that a restored table has lost. Its claim time is unknown, so its outcome's time is used. */
function withAttempt({ attempts }: Notification, nonce: string, claimedAt: string): readonly Attempt[] {
  return attempts.some((attempt) => attempt.nonce === nonce) ? attempts : [...attempts, { nonce, claimedAt }];
}

/** Removes everything that might identify the recipients. An operator's reason might. */
function withoutRecipients(notification: Notification, positions: readonly number[], at: string): NotificationChange {
  const { resolutions, erased = [], erasedAt = at } = notification;
  const header = { erasedAt, erased: [...new Set([...erased, ...positions])] };
  const withoutReasons = resolutions?.map(({ reason: _reason, ...resolution }) => resolution);
  return { header: { ...header, ...(withoutReasons && { resolutions: withoutReasons }) } };
}
