import type { Due } from '#shared/messaging/due.ts';
import { type Change, changed as changedState, type ProgressFields } from '#shared/messaging/progress.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';
import { HELD_KIND, NOTIFICATION_DUE, UNKNOWN_DUE } from './due.ts';

/**
 * The life of a notification. Its row is the permission to send: without the row, nothing is sent. Every call to a
 * provider belongs to the one claim that made it, identified by its nonce.
 *
 * ```
 * PENDING ──claim──> SENDING ──accepted───────────────────> SENT
 *  │ ▲ ▲               │  ├─ rejected for good ───────────> FAILED
 *  │ │ └─ certainly ───┘  └─ timeout, reset, 5xx, crash ──> UNKNOWN ── deadline ──> HELD
 *  │ │    not sent                                             │
 *  │ └────────────── deadline: one authorised resend ──────────┘
 *  ├─ what it says or has attached is lost ──> FAILED ── redrive, if certainly not sent ──> PENDING
 *  ├─ every recipient is suppressed ──> SUPPRESSED
 *  └─ a person cancels it ────────────> CANCELLED
 * ```
 * Evidence that an attempt was accepted counts in every status and leads to SENT. An operator resolves HELD, UNKNOWN
 * and FAILED: resend, mark as sent, or cancel.
 */
export type Notification = NotificationHeader & NotificationProgress;

export const NOTIFICATION = shapeOf<Notification>('notification');

/** The fields that are independent of the status. A transition keeps those that it does not change. */
export type NotificationHeader = {
  channel: Channel;
  /** Why it is sent: `order-confirmation`. */
  purpose: string;
  /** ISO 8601. */
  createdAt: string;
  /** Correlation id of the request that asked for it. Every message about it carries this id. */
  correlationId: string;
  /** One entry for each claim whose call may have reached the provider; the last is the current one. */
  attempts: readonly Attempt[];
  /** Deferrals in a row. The provider could not be reached, throttled, or refused for the time being. */
  deferrals?: number;
  /** ISO 8601: when it was first deferred. */
  deferredSince?: string;
  /** Two attempts were accepted. This is shown and never hidden. */
  doubled?: true;
  /** Recipient keys (see `recipient-key.ts`), in the order of the content's recipients. They contain no address. */
  recipients?: readonly string[];
  /** Id of the command that requested it. The command's outbox row shows when the request was published. */
  requestedBy?: string;
  /**
   * Which message of that command is its cause, from 1. 0: the command itself is. Absent: an earlier release wrote the
   * row.
   */
  causePosition?: number;
  /** ISO 8601: it must not be sent before then. */
  sendAt?: string;
  /** The customer that it was sent to. */
  customerId?: string;
  /** Ids of its attachments. They are kept as long as it may be sent. */
  attachments?: readonly string[];
  /** The decisions of operators, oldest first. */
  resolutions?: readonly Resolution[];
  /** The outcomes that were announced. */
  outcomes?: readonly AnnouncedOutcome[];
  /** ISO 8601: since when personal data is missing from its content. */
  erasedAt?: string;
  /** Positions of the recipients whose address was erased. If they are all erased, so is the text. */
  erased?: readonly number[];
};

export const RESOLVE_ACTIONS = ['resend', 'mark-sent', 'cancel'] as const;
export type ResolveAction = (typeof RESOLVE_ACTIONS)[number];

/** An operator's decision about a notification. */
export type Resolution = {
  action: ResolveAction;
  /** The operator, as the token names them. */
  by: string;
  /** The operator's reason, in their words; absent after an erasure. */
  reason?: string;
  /** ISO 8601. */
  at: string;
};

/** Outcomes that are announced, each once in a notification's life. */
export const ANNOUNCED_OUTCOMES = ['delivered', 'bounced', 'complained', 'rejected'] as const;
export type AnnouncedOutcome = (typeof ANNOUNCED_OUTCOMES)[number];

/** The status, and the fields that belong to it. A transition to another status replaces them all. */
export type NotificationProgress =
  | {
      status: 'PENDING';
      /** Epoch milliseconds at which it is announced (again). */
      dueAt: number;
      /** Epoch milliseconds before which it must not be claimed. */
      notBefore?: number;
      /** Why it was deferred, as a code (see `refusals.ts`); absent: not deferred since it was last requested. */
      deferredBecause?: string;
      /** How often it was announced again because no sender claimed it. */
      reminders?: number;
    }
  | { status: 'SENDING'; nonce: string /** Epoch milliseconds. */; leaseUntil: number }
  /** `providerMessageId` is missing if an operator marked it as sent. */
  | { status: 'SENT'; providerMessageId?: string; sentAt: string }
  | { status: 'FAILED'; reason: string; failedAt: string }
  | {
      status: 'UNKNOWN';
      reason: string;
      since: string;
      /** Epoch milliseconds. */
      deadline: number;
      /** Epoch milliseconds: since when the feed has been known to be far enough that its silence is evidence. */
      feedMovedAt?: number;
    }
  | { status: 'HELD'; reason: string; heldAt: string }
  /** Not sent, because every recipient is suppressed. */
  | {
      status: 'SUPPRESSED';
      suppressedAt: string;
      /** Why they all are, if the reason is the same; absent: it is not, or an earlier release wrote the row. */
      reason?: string;
    }
  | { status: 'CANCELLED'; cancelledAt: string };

/** One claim and the outcome of its call to the provider. Without an outcome, the call may be in progress. */
export type Attempt = {
  nonce: string;
  /** ISO 8601. */
  claimedAt: string;
  outcome?: 'accepted' | 'rejected' | 'unknown' | 'deferred';
  /** ISO 8601: when the provider accepted or rejected it, or when its outcome was found to be unknown. */
  settledAt?: string;
  providerMessageId?: string;
  /** A code, never a provider's text, because such texts quote addresses. */
  reason?: string;
  /** What the receiver of a webhook answered. */
  answer?: AnsweredStart;
  /** Positions of suppressed recipients. The message was not sent to them. */
  leftOut?: readonly number[];
};

/** The HTTP status of an answer, and the beginning of its body if it refuses the message. It is never logged. */
export type AnsweredStart = { status: number; start?: string };

/** The notification's entry in the `due` index; undefined: it is finished. HELD waits for an operator. */
export function dueOf(notification: Notification): Due | undefined {
  switch (notification.status) {
    case 'PENDING':
      return { kind: NOTIFICATION_DUE.name, at: notification.dueAt };
    case 'SENDING':
      return { kind: NOTIFICATION_DUE.name, at: notification.leaseUntil };
    case 'UNKNOWN':
      return { kind: UNKNOWN_DUE.name, at: notification.deadline };
    case 'HELD':
      return { kind: HELD_KIND, at: Date.parse(notification.heldAt) };
    case 'SENT':
    case 'FAILED':
    case 'SUPPRESSED':
    case 'CANCELLED':
      return undefined;
    default:
      return notification satisfies never;
  }
}

/** Reason of a notification that is HELD after a restore: it may have been sent after the copied moment. */
export const RESTORED = 'RESTORED';

export const isHeldAsRestored = (notification: Notification): boolean =>
  notification.status === 'HELD' && notification.reason === RESTORED;

/** Whether the notification is unfinished. FAILED is finished, although an operator may still resend it. */
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
 * Whether the attachments may still be needed. A FAILED notification needs them, because an operator may resend it.
 * The messages in `RELEASING_MESSAGES` report that they are no longer needed.
 */
export const needsAttachments = (notification: Notification): boolean =>
  isOpen(notification) || notification.status === 'FAILED';

/** Clocks of environments differ: a sender must not refuse a notification that another environment announced. */
const CLOCK_SKEW_MS = 1000;

/** Whether a sender may claim it now. */
export function isClaimable(notification: Notification, now: number): boolean {
  return notification.status === 'PENDING' && (notification.notBefore ?? 0) <= now + CLOCK_SKEW_MS;
}

/** The attempt that was accepted first, if any. */
export function acceptedAttempt({ attempts }: Pick<Notification, 'attempts'>): Attempt | undefined {
  return attempts.find((attempt) => attempt.outcome === 'accepted');
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

/** The notification with this claim. The claim holds once this is stored over the version that was read. */
export function claimed(notification: Notification, { nonce, now, leaseUntil, leftOut = [] }: Claim): Notification {
  const attempt: Attempt = { nonce, claimedAt: new Date(now).toISOString(), ...(leftOut.length > 0 && { leftOut }) };
  return changed(notification, {
    header: { attempts: [...notification.attempts, attempt] },
    progress: { status: 'SENDING', nonce, leaseUntil },
  });
}

/** Why a notification waits, and until when. Times are in epoch milliseconds. */
export type Deferral = { reason: string; now: number; retryAt: number };

/**
 * Releases a claim because the provider certainly did not accept the call. The attempt is removed and does not count.
 * If an earlier attempt turned out to be accepted in the meantime, nothing is left to send.
 */
export function released(notification: Notification, nonce: string, deferral: Deferral): Notification {
  const attempts = notification.attempts.filter((attempt) => attempt.nonce !== nonce);
  return deferred(changed(notification, { header: { attempts } }), deferral, sentProgress(attempts));
}

/** Postpones a pending notification without a claim, because its provider may not be called. */
export function postponed(notification: Notification, deferral: Deferral): Notification {
  return notification.status === 'PENDING' ? deferred(notification, deferral) : notification;
}

function deferred(
  notification: Notification,
  { reason, now, retryAt }: Deferral,
  instead?: NotificationProgress,
): Notification {
  const { deferrals = 0, deferredSince = new Date(now).toISOString() } = notification;
  return changed(notification, {
    header: { deferrals: deferrals + 1, deferredSince },
    progress: instead ?? { status: 'PENDING', dueAt: retryAt, notBefore: retryAt, deferredBecause: reason },
  });
}

/**
 * Records that a pending notification was announced again. Each pause is longer, because it usually just waits in a
 * queue, and reminders would make the queue longer.
 */
export function reminded(notification: Notification, now: number, firstPauseMs: number): Notification {
  if (notification.status !== 'PENDING') return notification;
  const reminders = (notification.reminders ?? 0) + 1;
  const pauseMs = Math.min(LONGEST_REMINDER_MS, firstPauseMs * 2 ** reminders);
  return { ...notification, reminders, dueAt: now + pauseMs };
}

const LONGEST_REMINDER_MS = 6 * 60 * 60 * 1000;

/** An unknown outcome that is judged again at `deadline`, with what is known of the feed (epoch milliseconds). */
export function recheckedAt(notification: Notification, deadline: number, feedMovedAt?: number): Notification {
  if (notification.status !== 'UNKNOWN') return notification;
  return { ...notification, deadline, ...(feedMovedAt !== undefined && { feedMovedAt }) };
}

/** SENT if any attempt was accepted. An acceptance outweighs the outcomes of the other attempts. */
export function sentProgress(attempts: readonly Attempt[]): NotificationProgress | undefined {
  const attempt = acceptedAttempt({ attempts });
  if (!attempt) return undefined;
  const { providerMessageId } = attempt;
  return {
    status: 'SENT',
    ...(providerMessageId !== undefined && { providerMessageId }),
    sentAt: attempt.settledAt ?? attempt.claimedAt,
  };
}

/** The names of all fields of the progress, so that a transition can replace exactly these. */
const PROGRESS_FIELDS: ProgressFields<NotificationProgress> = {
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

/** What a transition changes of a notification. */
export type NotificationChange = Change<NotificationHeader, NotificationProgress>;

/** The notification after a change. All fields that the change does not name are kept. */
export const changed = (notification: Notification, change: NotificationChange): Notification =>
  changedState<NotificationHeader, NotificationProgress>(notification, change, PROGRESS_FIELDS);
