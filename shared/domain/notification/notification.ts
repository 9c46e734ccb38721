import type { Due } from '#shared/messaging/due.ts';
import type { Channel } from '#shared/names.ts';
import { type StatusFields, withoutStatus } from '../status-fields.ts';

/**
 * A notification's life. Its row is the permission to send: no row, no send; and every call to a
 * provider belongs to the one claim that made it, known by its nonce.
 *
 * ```
 * PENDING ──claim──> SENDING ──accepted───────────────────> SENT
 *  │ ▲ ▲               │  ├─ rejected for good ───────────> FAILED
 *  │ │ └─ certainly ───┘  └─ timeout, reset, 5xx, crash ──> UNKNOWN ── deadline ──> HELD
 *  │ │    not sent                                             │
 *  │ └────────────── deadline: one authorised resend ──────────┘
 *  ├─ every recipient is suppressed ──> SUPPRESSED
 *  └─ a person cancels it ────────────> CANCELLED
 * ```
 * Evidence that an attempt was accepted is believed in any state and leads to SENT. HELD, UNKNOWN and FAILED are
 * resolved by a person: sent again, known to be sent, or cancelled.
 */
export type Notification = NotificationHeader & NotificationStatus;

/** What outlives every change of status. */
export type NotificationHeader = {
  channel: Channel;
  /** What it says: `order-confirmation`. */
  purpose: string;
  /** ISO 8601. */
  createdAt: string;
  /** Of the request that asked for it; on every message about it. */
  correlationId: string;
  /** One entry for each claim whose call may have reached the provider; the last is the current one. */
  attempts: readonly Attempt[];
  /** How often in a row it was deferred: the provider was not reachable, throttled, or refused for now. */
  deferrals?: number;
  /** ISO 8601: when it was deferred first. */
  deferredSince?: string;
  /** Two attempts were accepted: shown, never hidden. */
  doubled?: true;
  /** Recipient keys (see `recipient-key.ts`), in the order of the content's recipients: whom it is for, without an address. */
  recipients?: readonly string[];
  /** Command that asked for it: its outbox row says when it was published. */
  requestedBy?: string;
  /** ISO 8601: it was asked for to be sent not before then. */
  sendAt?: string;
  /** The customer it was said to. */
  customerId?: string;
  /** Ids of what is attached: kept until nobody can need it any more. */
  attachments?: readonly string[];
  /** What people decided about it, oldest first. */
  resolutions?: readonly Resolution[];
  /** What became of it with its recipients, as far as it was announced. */
  outcomes?: readonly AnnouncedOutcome[];
  /** ISO 8601: since when personal data is missing from its content. */
  erasedAt?: string;
  /** Positions of the recipients whose address was erased; of all of them, what it said is gone too. */
  erased?: readonly number[];
};

export const RESOLVE_ACTIONS = ['resend', 'mark-sent', 'cancel'] as const;
export type ResolveAction = (typeof RESOLVE_ACTIONS)[number];

/** A person's word about a notification. */
export type Resolution = {
  action: ResolveAction;
  /** Who, as their token names them. */
  by: string;
  /** Why, in their words; absent once it was erased. */
  reason?: string;
  /** ISO 8601. */
  at: string;
};

/** Outcomes with recipients that are announced, each once in a notification's life. */
export const ANNOUNCED_OUTCOMES = ['delivered', 'bounced', 'complained', 'rejected'] as const;
export type AnnouncedOutcome = (typeof ANNOUNCED_OUTCOMES)[number];

export type NotificationStatus =
  | {
      status: 'PENDING';
      /** Epoch milliseconds at which it is announced (again). */
      dueAt: number;
      /** Epoch milliseconds before which it must not be claimed. */
      notBefore?: number;
      /** Why it was deferred, as a code (see `refusals.ts`); absent: it was not, or is to be sent again since. */
      deferredBecause?: string;
      /** How often it was announced again because nobody claimed it. */
      reminders?: number;
    }
  | { status: 'SENDING'; nonce: string /** Epoch milliseconds. */; leaseUntil: number }
  /** `providerMessageId` is missing where a person knew that it was sent. */
  | { status: 'SENT'; providerMessageId?: string; sentAt: string }
  | { status: 'FAILED'; reason: string; failedAt: string }
  | {
      status: 'UNKNOWN';
      reason: string;
      since: string;
      /** Epoch milliseconds. */
      deadline: number;
      /** Epoch milliseconds: since when the feed is known to have come far enough to judge by its silence. */
      feedMovedAt?: number;
    }
  | { status: 'HELD'; reason: string; heldAt: string }
  /** Nobody was written to: none of its recipients may be. */
  | { status: 'SUPPRESSED'; suppressedAt: string }
  | { status: 'CANCELLED'; cancelledAt: string };

/** One claim and what became of its call to the provider. No outcome yet: the call may be under way. */
export type Attempt = {
  nonce: string;
  /** ISO 8601. */
  claimedAt: string;
  outcome?: 'accepted' | 'rejected' | 'unknown';
  /** ISO 8601: when the provider accepted or rejected it, or when its outcome was found to be unknown. */
  settledAt?: string;
  providerMessageId?: string;
  /** A code, never a provider's sentence: those quote addresses. */
  reason?: string;
  /** Positions of the recipients who were not written to, because they are suppressed. */
  leftOut?: readonly number[];
};

/** What keeps the notification in the `due` index; undefined: it is finished. HELD waits for a person. */
export function dueOf(notification: Notification): Due | undefined {
  switch (notification.status) {
    case 'PENDING':
      return { kind: 'notification', at: notification.dueAt };
    case 'SENDING':
      return { kind: 'notification', at: notification.leaseUntil };
    case 'UNKNOWN':
      return { kind: 'unknown', at: notification.deadline };
    case 'HELD':
      return { kind: 'held', at: Date.parse(notification.heldAt) };
    case 'SENT':
    case 'FAILED':
    case 'SUPPRESSED':
    case 'CANCELLED':
      return undefined;
    default:
      return notification satisfies never;
  }
}

/** Reason of what is HELD because the table was restored: whether it was sent since that moment is not known. */
export const RESTORED = 'RESTORED';

export const isHeldAsRestored = (notification: Notification): boolean =>
  notification.status === 'HELD' && notification.reason === RESTORED;

/** Whether anything may still come of it by itself or by a person's word. */
export function isOpen({ status }: Notification): boolean {
  switch (status) {
    case 'PENDING':
    case 'SENDING':
    case 'UNKNOWN':
    case 'HELD':
      return true;
    case 'SENT':
    case 'FAILED':
    case 'SUPPRESSED':
    case 'CANCELLED':
      return false;
    default:
      return status satisfies never;
  }
}

/**
 * Whether what is attached may still be needed. FAILED is among those that need it: a person may have it sent again.
 * See `RELEASING_MESSAGES`, which are said when it is not needed any more.
 */
export const needsAttachments = (notification: Notification): boolean =>
  isOpen(notification) || notification.status === 'FAILED';

/** Clocks of environments differ; who is announced by one must not be turned away by another. */
const CLOCK_SKEW_MS = 1000;

/** Whether a sender may claim it now. */
export function isClaimable(notification: Notification, now: number): boolean {
  return notification.status === 'PENDING' && (notification.notBefore ?? 0) <= now + CLOCK_SKEW_MS;
}

/** The attempt that a provider accepted first, if one did. */
export function acceptedAttempt(notification: Notification): Attempt | undefined {
  return notification.attempts.find((attempt) => attempt.outcome === 'accepted');
}

export type Claim = {
  nonce: string;
  /** Epoch milliseconds. */
  now: number;
  /** Epoch milliseconds. */
  leaseUntil: number;
  /** Positions of suppressed recipients. */
  leftOut?: readonly number[];
};

/** The notification with its claim taken. The claim is real once this is stored over the same version. */
export function claimed(notification: Notification, { nonce, now, leaseUntil, leftOut = [] }: Claim): Notification {
  const attempt: Attempt = { nonce, claimedAt: new Date(now).toISOString(), ...(leftOut.length > 0 && { leftOut }) };
  return withStatus(
    { ...notification, attempts: [...notification.attempts, attempt] },
    { status: 'SENDING', nonce, leaseUntil },
  );
}

/** Why a notification waits, and until when; times in epoch milliseconds. */
export type Deferral = { reason: string; now: number; retryAt: number };

/**
 * The notification with its claim given back because the provider certainly did not take it: the attempt never was
 * one and is not counted. If an earlier attempt turned out to be accepted in the meantime, nothing is left to send.
 */
export function released(notification: Notification, nonce: string, deferral: Deferral): Notification {
  const attempts = notification.attempts.filter((attempt) => attempt.nonce !== nonce);
  const without = { ...notification, attempts };
  return deferred(without, deferral, sentStatus(without));
}

/** A pending notification that is not claimed now, because its provider may not be called. */
export function postponed(notification: Notification, deferral: Deferral): Notification {
  return notification.status === 'PENDING' ? deferred(notification, deferral) : notification;
}

function deferred(
  notification: Notification,
  { reason, now, retryAt }: Deferral,
  instead?: NotificationStatus,
): Notification {
  const waiting = { status: 'PENDING', dueAt: retryAt, notBefore: retryAt, deferredBecause: reason } as const;
  const { deferrals = 0, deferredSince = new Date(now).toISOString() } = notification;
  return withStatus({ ...notification, deferrals: deferrals + 1, deferredSince }, instead ?? waiting);
}

/** A notification that is to be sent again by a new decision: what it waited for before is over. */
export function announcedAnew({ deferrals: _, deferredSince: __, ...notification }: Notification, dueAt: number) {
  return withStatus(notification, { status: 'PENDING', dueAt });
}

/**
 * A pending notification that was announced again. The next time comes later and later: most often it
 * only waits its turn in a queue, which reminders would make longer.
 */
export function reminded(notification: Notification, now: number, firstPauseMs: number): Notification {
  if (notification.status !== 'PENDING') return notification;
  const reminders = (notification.reminders ?? 0) + 1;
  const pauseMs = Math.min(LONGEST_REMINDER_MS, firstPauseMs * 2 ** reminders);
  return { ...notification, reminders, dueAt: now + pauseMs };
}

const LONGEST_REMINDER_MS = 6 * 60 * 60 * 1000;

/** An unknown outcome that is looked at again at `deadline`, with what was seen of the feed (epoch milliseconds). */
export function recheckedAt(notification: Notification, deadline: number, feedMovedAt?: number): Notification {
  if (notification.status !== 'UNKNOWN') return notification;
  return { ...notification, deadline, ...(feedMovedAt !== undefined && { feedMovedAt }) };
}

/** SENT, if any attempt was accepted: that outweighs whatever became of the others. */
export function sentStatus(notification: Notification): NotificationStatus | undefined {
  const attempt = acceptedAttempt(notification);
  if (!attempt) return undefined;
  const { providerMessageId } = attempt;
  return {
    status: 'SENT',
    ...(providerMessageId !== undefined && { providerMessageId }),
    sentAt: attempt.settledAt ?? attempt.claimedAt,
  };
}

/** Fields of the status, which go with it. */
const STATUS_FIELDS: StatusFields<NotificationStatus> = {
  status: true,
  dueAt: true,
  notBefore: true,
  deferredBecause: true,
  reminders: true,
  nonce: true,
  leaseUntil: true,
  providerMessageId: true,
  sentAt: true,
  reason: true,
  failedAt: true,
  since: true,
  deadline: true,
  feedMovedAt: true,
  heldAt: true,
  suppressedAt: true,
  cancelledAt: true,
};

/** What outlives a change of status, with the new status. */
export function withStatus(notification: Notification, status: NotificationStatus): Notification {
  return { ...withoutStatus<NotificationHeader, NotificationStatus>(notification, STATUS_FIELDS), ...status };
}
