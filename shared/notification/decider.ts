import type { Decider, Decision, DecisionContext, Rejection } from '#shared/messaging/decider.ts';
import { announce } from './announce.ts';
import type { NotificationEvent } from './events.ts';
import { changeBy } from './evolve.ts';
import {
  type AnnouncedOutcome,
  type AnsweredStart,
  acceptedAttempt,
  changed,
  dueOf,
  isHeldAsRestored,
  NOTIFICATION,
  type Notification,
  RESTORED,
} from './notification.ts';
import { mayBeSentLater, type RedriveCommand, redriven } from './redrive.ts';
import type { RefusalCode } from './refusals.ts';
import type { Repeat } from './repeat.ts';
import { type ResolveCommand, resolutionInAnswer, resolve } from './resolve.ts';

export type NotificationCommand =
  /** Evidence that the provider accepted an attempt: the sender's answer from the provider, or the provider's event. */
  | { type: 'RecordAcceptance'; nonce: string; providerMessageId: string /** ISO 8601. */; acceptedAt: string }
  | { type: 'RecordRejection'; nonce: string; reason: string; answer?: AnsweredStart }
  /** The last of the calls that are repeated was not accepted, so a person has to decide. */
  | { type: 'EndRepeats'; repeat: Repeat }
  /** The outcome of the call is not known; at `deadline` (epoch milliseconds) it is judged. */
  | { type: 'RecordUnknown'; nonce: string; reason: string; deadline: number }
  /** The lease has expired: the sender is gone or lost its claim, and the outcome of its call is not known. */
  | { type: 'ExpireLease'; nonce: string; deadline: number }
  /**
   * Settles UNKNOWN: according to all evidence, nothing was accepted, so one more attempt is authorised. If no sender
   * claims it, it is announced again at `dueAt` (epoch milliseconds).
   */
  | { type: 'AuthoriseResend'; nonce: string; dueAt: number }
  /** Settles UNKNOWN: an operator has to decide. */
  | { type: 'Hold'; nonce: string; reason: string }
  /**
   * The table is a copy of an earlier moment, restored at `restoredAt` (ISO 8601). An unfinished notification that is
   * older may have been sent after the copied moment, and the copy does not show it.
   */
  | { type: 'HoldRestored'; restoredAt: string }
  /** Every recipient is suppressed, so there is nothing to send. `reason`: why, if it is the same for all. */
  | { type: 'Suppress'; reason?: string }
  /** It cannot be sent, and a retry cannot help. No provider was called. */
  | { type: 'Fail'; reason: string }
  /** An outcome that a provider reported for its recipients. Each outcome is recorded once. */
  | { type: 'RecordOutcome'; outcome: AnnouncedOutcome }
  | ResolveCommand
  | RedriveCommand
  /** Erases the recipients at these positions. If none are left, it is never sent. */
  | { type: 'Erase'; positions: readonly number[] };

/**
 * The notification as a state machine. A command that comes too late, or from a sender that lost its claim, changes
 * nothing and leaves no trace, because it is not an error.
 */
export const notificationDecider: Decider<Notification, NotificationCommand, NotificationEvent> = {
  shape: NOTIFICATION,
  decide: (command, notification, context) => {
    if (command.type === 'Resolve') {
      return notification
        ? resolve(command, notification, context)
        : { kind: 'rejected', rejection: NOTIFICATION_NOT_FOUND };
    }
    if (command.type === 'Erase') return erase(command, notification, context);
    return accept(notification ? eventsOf(command, notification, context) : []);
  },
  evolve: (notification, event) => {
    if (!notification)
      throw new Error('A notification is created by the command that asks for it, never by its own events.');
    return changed(notification, changeBy(event, notification));
  },
  announce,
  answer: ({ status, resolutions }) => ({ status, ...resolutionInAnswer(resolutions?.at(-1)) }),
  due: dueOf,
};

/** Reason of a notification that is HELD after the last of its repeated calls. */
const REPEATS_ENDED = 'REPEATS_ENDED' satisfies RefusalCode;

const accept = (events: NotificationEvent[]): Decision<NotificationEvent> => ({ kind: 'accepted', events });

/** Also the answer to a reader: another tenant's notification looks like one that never existed. */
export const NOTIFICATION_NOT_FOUND: Rejection = {
  code: 'NOTIFICATION_NOT_FOUND',
  detail: 'There is no such notification.',
  next: 'Check the id; GET /notifications lists them.',
};

/** Statuses from which it might still be sent, automatically or by an operator's decision. */
const SENDABLE: readonly Notification['status'][] = ['PENDING', 'UNKNOWN', 'HELD', 'FAILED'];

/** During a provider call, it is not known what will have to be erased. */
const BEING_SENT: Rejection = {
  code: 'NOTIFICATION_BEING_SENT',
  detail: 'The notification is being sent.',
  next: 'Erase it once its outcome is known.',
};

function erase(
  { positions }: Extract<NotificationCommand, { type: 'Erase' }>,
  notification: Notification | undefined,
  { now }: DecisionContext,
): Decision<NotificationEvent> {
  if (!notification) return accept([]);
  if (notification.status === 'SENDING') return { kind: 'rejected', rejection: BEING_SENT };
  const at = new Date(now).toISOString();
  const { status, recipients = [], erased = [], erasedAt } = notification;
  const gone = new Set([...erased, ...positions]);
  const events: NotificationEvent[] = [];
  if (erasedAt === undefined || gone.size > erased.length) events.push({ type: 'RecipientsErased', positions, at });
  if (gone.size >= recipients.length && SENDABLE.includes(status)) events.push({ type: 'NotificationCancelled', at });
  return accept(events);
}

function eventsOf(
  command: Exclude<NotificationCommand, { type: 'Resolve' | 'Erase' }>,
  notification: Notification,
  { now }: DecisionContext,
): NotificationEvent[] {
  const at = new Date(now).toISOString();
  switch (command.type) {
    case 'RecordAcceptance':
      return acceptance(command, notification);
    case 'RecordRejection':
      return holdsClaim(notification, command.nonce) ? rejection(command, notification, at) : [];
    case 'EndRepeats':
      return holdsClaim(notification, command.repeat.nonce) ? unrepeated(command.repeat, notification, at) : [];
    case 'RecordUnknown':
      return holdsClaim(notification, command.nonce) ? [unknownAttempt(command, command.reason, at)] : [];
    case 'ExpireLease':
      return hasExpired(notification, command.nonce, now) ? [unknownAttempt(command, 'LEASE_OVER', at)] : [];
    case 'AuthoriseResend':
      return isUnknown(notification, command.nonce) ? [{ type: 'ResendAuthorised', dueAt: command.dueAt }] : [];
    case 'Hold':
      return isUnknown(notification, command.nonce) ? [{ type: 'NotificationHeld', reason: command.reason, at }] : [];
    case 'HoldRestored':
      return isUnfinishedBefore(notification, command.restoredAt) ? heldAsRestored(notification, at) : [];
    case 'Suppress':
      return ifUnclaimed(notification, suppressed(command, at));
    case 'Fail':
      return ifUnclaimed(notification, { type: 'NotificationFailed', reason: command.reason, at });
    case 'Redrive':
      return redriven(command, notification, at);
    case 'RecordOutcome':
      return knownOnce(command.outcome, notification);
    default:
      return command satisfies never;
  }
}

const unrepeated = (repeat: Repeat, notification: Notification, at: string): NotificationEvent[] => [
  { type: 'AttemptUnrepeated', repeat },
  ...(acceptedAttempt(notification) ? [] : [{ type: 'NotificationHeld', reason: REPEATS_ENDED, at } as const]),
];

const rejection = (
  { nonce, reason, answer }: Extract<NotificationCommand, { type: 'RecordRejection' }>,
  notification: Notification,
  at: string,
): NotificationEvent[] => [
  { type: 'AttemptRejected', nonce, reason, at, ...(answer && { answer }) },
  ...(acceptedAttempt(notification) ? [] : [{ type: 'NotificationFailed', reason, at } as const]),
];

const unknownAttempt = (
  { nonce, deadline }: { nonce: string; deadline: number },
  reason: string,
  at: string,
): NotificationEvent => ({ type: 'AttemptUnknown', nonce, reason, at, deadline });

const suppressed = ({ reason }: Extract<NotificationCommand, { type: 'Suppress' }>, at: string): NotificationEvent => ({
  type: 'NotificationSuppressed',
  at,
  ...(reason !== undefined && { reason }),
});

/** If a sender has claimed it in the meantime, that sender reports the outcome. */
const ifUnclaimed = ({ status }: Notification, event: NotificationEvent): NotificationEvent[] =>
  status === 'PENDING' ? [event] : [];

const knownOnce = (outcome: AnnouncedOutcome, { outcomes }: Notification): NotificationEvent[] =>
  outcomes?.includes(outcome) ? [] : [{ type: 'OutcomeKnown', outcome }];

const hasExpired = (notification: Notification, nonce: string, now: number): boolean =>
  notification.status === 'SENDING' && notification.nonce === nonce && notification.leaseUntil <= now;

/** A verdict is about one attempt. A verdict on an earlier attempt must not settle the next one. */
const isUnknown = (notification: Notification, nonce: string): boolean =>
  notification.status === 'UNKNOWN' && notification.attempts.at(-1)?.nonce === nonce;

/**
 * This includes one that is held for another reason: it may have been settled after the copied moment. And one that a
 * redrive may send: it may have been sent by one after the copied moment.
 */
const isUnfinishedBefore = (notification: Notification, restoredAt: string): boolean =>
  mayBeSentLater(notification) &&
  !isHeldAsRestored(notification) &&
  Date.parse(notification.createdAt) < Date.parse(restoredAt);

/** If a call was in progress at the copied moment, it has ended since, with an unknown outcome. */
function heldAsRestored(notification: Notification, at: string): NotificationEvent[] {
  const events: NotificationEvent[] = [];
  if (notification.status === 'SENDING')
    events.push({
      type: 'AttemptUnknown',
      nonce: notification.nonce,
      reason: RESTORED,
      at,
      deadline: Date.parse(at),
    });
  // If an earlier attempt was accepted, it was certainly sent, even if a resend was in progress.
  if (!acceptedAttempt(notification)) events.push({ type: 'NotificationHeld', reason: RESTORED, at });
  return events;
}

const holdsClaim = (notification: Notification, nonce: string): boolean =>
  notification.status === 'SENDING' && notification.nonce === nonce;

/**
 * Evidence of acceptance counts in every status and belongs to its attempt. Two accepted attempts are reported, never
 * hidden. An attempt that the notification does not know is no evidence, unless a restored table has lost it.
 */
function acceptance(
  command: Extract<NotificationCommand, { type: 'RecordAcceptance' }>,
  notification: Notification,
): NotificationEvent[] {
  const attempt = notification.attempts.find(({ nonce }) => nonce === command.nonce);
  if (attempt?.outcome === 'accepted' || !(attempt || isHeldAsRestored(notification))) return [];
  const { nonce, providerMessageId, acceptedAt } = command;
  const accepted: NotificationEvent = { type: 'AttemptAccepted', nonce, providerMessageId, at: acceptedAt };
  if (acceptedAttempt(notification)) return [accepted, { type: 'NotificationDoubled' }];
  // An operator marked it as sent before the provider's event arrived, so the message was published then.
  return notification.status === 'SENT' ? [accepted] : [accepted, { type: 'NotificationSent' }];
}
