import type { AnnouncedOutcome, AnsweredStart, Resolution } from './notification.ts';
import type { Repeat } from './repeat.ts';

/** What happened to a notification. */
export type NotificationEvent =
  | { type: 'AttemptAccepted'; nonce: string; providerMessageId: string; at: string }
  | { type: 'AttemptRejected'; nonce: string; reason: string; answer?: AnsweredStart; at: string }
  | { type: 'AttemptUnknown'; nonce: string; reason: string; at: string; deadline: number }
  /** The last of the calls that are repeated. */
  | { type: 'AttemptUnrepeated'; repeat: Repeat }
  | { type: 'NotificationSent' }
  | { type: 'NotificationFailed'; reason: string; at: string }
  | { type: 'NotificationDoubled' }
  | { type: 'ResendAuthorised'; dueAt: number }
  /** A redrive sends the request that failed again, so it is not announced. */
  | { type: 'RedriveAuthorised'; dueAt: number }
  | { type: 'NotificationHeld'; reason: string; at: string }
  | { type: 'NotificationSuppressed'; at: string; reason?: string }
  | { type: 'OutcomeKnown'; outcome: AnnouncedOutcome }
  | { type: 'NotificationResolved'; resolution: Resolution }
  | { type: 'NotificationMarkedSent'; at: string }
  | { type: 'NotificationCancelled'; at: string }
  | { type: 'RecipientsErased'; positions: readonly number[]; at: string };
