import type {
  AnnounceContext,
  Announcement,
  Decider,
  Decision,
  DecisionContext,
  Rejection,
} from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import { MESSAGE_ATTRIBUTE, NOTIFICATION_MESSAGE } from '#shared/names.ts';
import { SHAPES } from '#shared/shapes.ts';
import {
  type AnnouncedOutcome,
  type Attempt,
  acceptedAttempt,
  announcedAnew,
  dueOf,
  isHeldAsRestored,
  isOpen,
  type Notification,
  RESTORED,
  type Resolution,
  type ResolveAction,
  sentStatus,
  withStatus,
} from './notification.ts';
import { requestMessage } from './request.ts';

export type NotificationCommand =
  /** Evidence that the provider accepted an attempt: the sender's answer from the provider, or the provider's event. */
  | { type: 'RecordAcceptance'; nonce: string; providerMessageId: string /** ISO 8601. */; acceptedAt: string }
  | { type: 'RecordRejection'; nonce: string; reason: string }
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
  /** Every recipient is suppressed, so there is nothing to send. */
  | { type: 'Suppress' }
  /** It cannot be sent, and a retry cannot help. No provider was called. */
  | { type: 'Fail'; reason: string }
  /** An outcome that a provider reported for its recipients. Each outcome is recorded once. */
  | { type: 'RecordOutcome'; outcome: AnnouncedOutcome }
  /** An operator's decision. If no sender claims a resend, it is announced again at `dueAt` (epoch milliseconds). */
  | { type: 'Resolve'; action: ResolveAction; by: string; reason: string; dueAt: number }
  /** Erases the recipients at these positions. If none are left, it is never sent. */
  | { type: 'Erase'; positions: readonly number[] };

export type NotificationEvent =
  | { type: 'AttemptAccepted'; nonce: string; providerMessageId: string; at: string }
  | { type: 'AttemptRejected'; nonce: string; reason: string; at: string }
  | { type: 'AttemptUnknown'; nonce: string; reason: string; at: string; deadline: number }
  | { type: 'NotificationSent' }
  | { type: 'NotificationFailed'; reason: string; at: string }
  | { type: 'NotificationDoubled' }
  | { type: 'ResendAuthorised'; dueAt: number }
  | { type: 'NotificationHeld'; reason: string; at: string }
  | { type: 'NotificationSuppressed'; at: string }
  | { type: 'OutcomeKnown'; outcome: AnnouncedOutcome }
  | { type: 'NotificationResolved'; resolution: Resolution }
  | { type: 'NotificationMarkedSent'; at: string }
  | { type: 'NotificationCancelled'; at: string }
  | { type: 'RecipientsErased'; positions: readonly number[]; at: string };

/**
 * The notification as a state machine. A command that comes too late, or from a sender that lost its claim, changes
 * nothing and leaves no trace, because it is not an error.
 */
export const notificationDecider: Decider<Notification, NotificationCommand, NotificationEvent> = {
  schemaVersion: SHAPES.notification.written,
  decide: (command, notification, context) => {
    if (command.type === 'Resolve') return resolve(command, notification, context);
    if (command.type === 'Erase') return erase(command, notification, context);
    return accept(notification ? eventsOf(command, notification, context) : []);
  },
  evolve: (notification, event) => {
    if (!notification)
      throw new Error('A notification is created by the command that asks for it, never by its own events.');
    return evolve(notification, event);
  },
  announce: (events, notification, context) => announce(events, notification, context),
  answer: ({ status, resolutions }) => ({ status, ...resolutionTold(resolutions?.at(-1)) }),
  due: dueOf,
};

/** Leaves out the reason, because this answer is stored with the command and outlives an erasure. */
function resolutionTold(resolution: Resolution | undefined): Record<string, unknown> {
  if (!resolution) return {};
  const { reason: _reason, ...told } = resolution;
  return { resolution: told };
}

const accept = (events: NotificationEvent[]): Decision<NotificationEvent> => ({ kind: 'accepted', events });

/** The statuses in which an operator may take each action. */
const RESOLVABLE: Record<ResolveAction, readonly Notification['status'][]> = {
  resend: ['HELD', 'UNKNOWN', 'FAILED'],
  'mark-sent': ['HELD', 'UNKNOWN', 'FAILED'],
  cancel: ['PENDING', 'HELD', 'UNKNOWN', 'FAILED'],
};

/** Also the answer to a reader: another tenant's notification looks like one that never existed. */
export const NOTIFICATION_NOT_FOUND: Rejection = {
  code: 'NOTIFICATION_NOT_FOUND',
  detail: 'There is no such notification.',
  next: 'Check the id; GET /notifications lists them.',
};

/**
 * A decision to resend holds until its outcome is known. If two operators decide at the same time, the second one is
 * rejected.
 */
const isResolvable = (action: ResolveAction, { status, resolutions }: Notification): boolean =>
  RESOLVABLE[action].includes(status) && !(status === 'PENDING' && resolutions !== undefined);

function resolve(
  { action, by, reason, dueAt }: Extract<NotificationCommand, { type: 'Resolve' }>,
  notification: Notification | undefined,
  { now }: DecisionContext,
): Decision<NotificationEvent> {
  if (!notification) return { kind: 'rejected', rejection: NOTIFICATION_NOT_FOUND };
  if (!isResolvable(action, notification)) return { kind: 'rejected', rejection: notResolvable(action, notification) };
  const at = new Date(now).toISOString();
  const resolved: NotificationEvent = { type: 'NotificationResolved', resolution: { action, by, reason, at } };
  switch (action) {
    case 'resend':
      return accept([resolved, { type: 'ResendAuthorised', dueAt }]);
    case 'mark-sent':
      return accept([resolved, { type: 'NotificationMarkedSent', at }]);
    case 'cancel':
      return accept([resolved, { type: 'NotificationCancelled', at }]);
    default:
      return action satisfies never;
  }
}

/** Names the earlier decision, if there is one, because two operators may work on the same list. */
function notResolvable(action: ResolveAction, { status, resolutions }: Notification): Rejection {
  const last = resolutions?.at(-1);
  const who = last ? ` ${last.by} decided on ${last.action} at ${last.at}.` : '';
  return {
    code: 'NOTIFICATION_NOT_RESOLVABLE',
    detail: `The notification is ${status}; ${action} is for ${RESOLVABLE[action].join(', ')}.${who}`,
    next: 'Read it again with GET /notifications/{id}, and decide on its current status.',
  };
}

/** Statuses from which it might still be sent, automatically or by an operator's decision. */
const SENDABLE: readonly Notification['status'][] = ['PENDING', 'UNKNOWN', 'HELD', 'FAILED'];

/** During a provider call, it is not known what will have to be erased. */
const BEING_SENT: Rejection = {
  code: 'NOTIFICATION_BEING_SENT',
  detail: 'The notification is being sent just now.',
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
    case 'RecordUnknown':
      return holdsClaim(notification, command.nonce) ? [unknownAttempt(command, command.reason, at)] : [];
    case 'ExpireLease':
      return hasExpired(notification, command.nonce, now) ? [unknownAttempt(command, 'LEASE_OVER', at)] : [];
    case 'AuthoriseResend':
      return isUnknown(notification, command.nonce) ? [{ type: 'ResendAuthorised', dueAt: command.dueAt }] : [];
    case 'Hold':
      return isUnknown(notification, command.nonce) ? [{ type: 'NotificationHeld', reason: command.reason, at }] : [];
    case 'HoldRestored':
      return isResurrected(notification, command.restoredAt) ? heldAsRestored(notification, at) : [];
    case 'Suppress':
      return ifUnclaimed(notification, { type: 'NotificationSuppressed', at });
    case 'Fail':
      return ifUnclaimed(notification, { type: 'NotificationFailed', reason: command.reason, at });
    case 'RecordOutcome':
      return knownOnce(command.outcome, notification);
    default:
      return command satisfies never;
  }
}

const rejection = (
  { nonce, reason }: { nonce: string; reason: string },
  notification: Notification,
  at: string,
): NotificationEvent[] => [
  { type: 'AttemptRejected', nonce, reason, at },
  ...(acceptedAttempt(notification) ? [] : [{ type: 'NotificationFailed', reason, at } as const]),
];

const unknownAttempt = (
  { nonce, deadline }: { nonce: string; deadline: number },
  reason: string,
  at: string,
): NotificationEvent => ({ type: 'AttemptUnknown', nonce, reason, at, deadline });

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

/** This includes one that is held for another reason: it may have been settled after the copied moment. */
const isResurrected = (notification: Notification, restoredAt: string): boolean =>
  isOpen(notification) &&
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

function evolve(notification: Notification, event: NotificationEvent): Notification {
  switch (event.type) {
    case 'AttemptAccepted':
      return settled(notification, event.nonce, {
        outcome: 'accepted',
        providerMessageId: event.providerMessageId,
        settledAt: event.at,
      });
    case 'AttemptRejected':
      return settled(notification, event.nonce, { outcome: 'rejected', reason: event.reason, settledAt: event.at });
    case 'AttemptUnknown': {
      const next = settled(notification, event.nonce, {
        outcome: 'unknown',
        reason: event.reason,
        settledAt: event.at,
      });
      if (next.status !== 'SENDING') return next;
      return withStatus(next, { status: 'UNKNOWN', reason: event.reason, since: event.at, deadline: event.deadline });
    }
    case 'NotificationFailed':
      return withStatus(notification, { status: 'FAILED', reason: event.reason, failedAt: event.at });
    case 'NotificationDoubled':
      return { ...notification, doubled: true };
    case 'ResendAuthorised':
      return announcedAnew(notification, event.dueAt);
    case 'NotificationHeld':
      return withStatus(notification, { status: 'HELD', reason: event.reason, heldAt: event.at });
    case 'NotificationSent':
      return notification;
    case 'NotificationSuppressed':
      return withStatus(notification, { status: 'SUPPRESSED', suppressedAt: event.at });
    case 'OutcomeKnown':
      return { ...notification, outcomes: [...(notification.outcomes ?? []), event.outcome] };
    case 'NotificationResolved':
      return { ...notification, resolutions: [...(notification.resolutions ?? []), event.resolution] };
    case 'NotificationMarkedSent':
      return withStatus(notification, { status: 'SENT', sentAt: event.at });
    case 'NotificationCancelled':
      return withStatus(notification, { status: 'CANCELLED', cancelledAt: event.at });
    case 'RecipientsErased':
      return withoutRecipients(notification, event.positions, event.at);
    default:
      return event satisfies never;
  }
}

/** Removes everything that might identify the recipients. An operator's reason might. */
function withoutRecipients(notification: Notification, positions: readonly number[], at: string): Notification {
  const { resolutions, erased = [], erasedAt = at } = notification;
  const wordless = resolutions?.map(({ reason: _reason, ...resolution }) => resolution);
  return {
    ...notification,
    erasedAt,
    erased: [...new Set([...erased, ...positions])],
    ...(wordless && { resolutions: wordless }),
  };
}

/** Records an attempt's outcome. SENT if any attempt was accepted, unless the call of another one is in progress. */
function settled(
  notification: Notification,
  nonce: string,
  outcome: Partial<Attempt> & { settledAt: string },
): Notification {
  const attempts = withAttempt(notification, nonce, outcome.settledAt).map((attempt) =>
    attempt.nonce === nonce ? { ...attempt, ...outcome } : attempt,
  );
  const next = { ...notification, attempts };
  const underWay = notification.status === 'SENDING' && notification.nonce !== nonce;
  const sent = sentStatus(next);
  return sent && !underWay ? withStatus(next, sent) : next;
}

/** Restores an attempt that a restored table has lost. Its claim time is unknown, so its outcome's time is used. */
function withAttempt({ attempts }: Notification, nonce: string, claimedAt: string): readonly Attempt[] {
  return attempts.some((attempt) => attempt.nonce === nonce) ? attempts : [...attempts, { nonce, claimedAt }];
}

function announce(
  events: readonly NotificationEvent[],
  notification: Notification,
  { key }: AnnounceContext,
): Announcement {
  const { channel, attachments } = notification;
  const data = { notificationId: key.part?.id ?? '', channel, ...(attachments && { attachments }) };
  const attributes = {
    [MESSAGE_ATTRIBUTE.channel]: channel,
    ...(attachments && { [MESSAGE_ATTRIBUTE.attachments]: 'true' }),
  };
  const about = (type: string, more: { reason?: string } = {}): NewMessage => ({
    type,
    data: { ...data, ...more },
    attributes,
  });
  const messages = events.flatMap((event): NewMessage[] => {
    switch (event.type) {
      case 'NotificationSent':
      case 'NotificationMarkedSent':
        return [about(NOTIFICATION_MESSAGE.sent)];
      case 'NotificationSuppressed':
        return [about(NOTIFICATION_MESSAGE.suppressed)];
      case 'NotificationCancelled':
        return [about(NOTIFICATION_MESSAGE.cancelled)];
      case 'OutcomeKnown':
        return [about(NOTIFICATION_MESSAGE[event.outcome])];
      case 'NotificationFailed':
        return [about(NOTIFICATION_MESSAGE.failed, { reason: event.reason })];
      case 'NotificationHeld':
        return [about(NOTIFICATION_MESSAGE.held, { reason: event.reason })];
      case 'NotificationDoubled':
        return [about(NOTIFICATION_MESSAGE.doubled)];
      case 'ResendAuthorised':
        return [requestMessage(data.notificationId, channel)];
      default:
        return [];
    }
  });
  return { messages, rows: [] };
}
