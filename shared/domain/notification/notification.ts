import type { Channel } from '#shared/names.ts';

/**
 * A notification's life. Its row is the permission to send: no row, no send; and each attempt to
 * send belongs to the one claim that made it.
 *
 * ```
 * PENDING ──claim──> SENDING ──accepted──────────────> SENT
 *    ▲                 │  ├─ rejected for good ──────> FAILED
 *    └─ certainly ─────┘  └─ timeout, reset, 5xx ────> UNKNOWN
 *       not sent
 * ```
 */
export type Notification = {
  channel: Channel;
  /** What it says: `order-confirmation`. */
  purpose: string;
  /** ISO 8601. */
  createdAt: string;
  /** One entry for each claim whose call may have reached the provider; the last is the current one. */
  attempts: readonly Attempt[];
} & NotificationStatus;

export type NotificationStatus =
  | {
      status: 'PENDING';
      /** Epoch milliseconds at which it is announced again; a claim may come before, unless `notBefore`. */
      dueAt: number;
      /** Epoch milliseconds before which it must not be claimed. */
      notBefore?: number;
      /** How often in a row the provider could not be asked. */
      deferrals?: number;
    }
  | { status: 'SENDING'; nonce: string; /** Epoch milliseconds. */ leaseUntil: number }
  | { status: 'SENT'; providerMessageId: string; sentAt: string }
  | { status: 'FAILED'; reason: string; failedAt: string }
  | { status: 'UNKNOWN'; reason: string; since: string };

/** One claim and what became of its call to the provider. No outcome yet: the call may be under way. */
export type Attempt = {
  nonce: string;
  /** ISO 8601. */
  claimedAt: string;
  outcome?: 'accepted' | 'rejected' | 'unknown';
  /** ISO 8601; when the outcome was recorded. */
  settledAt?: string;
  providerMessageId?: string;
  reason?: string;
};

export type Status = NotificationStatus['status'];

export const NOTIFICATION_SCHEMA_VERSION = 1;

/** When somebody has to look at the notification, in epoch milliseconds; undefined: it is finished. */
export function dueAtOf(notification: Notification): number | undefined {
  switch (notification.status) {
    case 'PENDING':
      return notification.dueAt;
    case 'SENDING':
      return notification.leaseUntil;
    case 'SENT':
    case 'FAILED':
    case 'UNKNOWN':
      return undefined;
    default:
      return notification satisfies never;
  }
}

/** Whether a sender may claim it now. */
export function isClaimable(notification: Notification, now: number): boolean {
  return notification.status === 'PENDING' && (notification.notBefore ?? 0) <= now;
}

export type Claim = { nonce: string; now: number; leaseUntil: number };

/** The notification with its claim taken. The claim is real once this is stored over the same version. */
export function claimed(notification: Notification, { nonce, now, leaseUntil }: Claim): Notification {
  const attempt: Attempt = { nonce, claimedAt: new Date(now).toISOString() };
  return { ...common(notification), attempts: [...notification.attempts, attempt], status: 'SENDING', nonce, leaseUntil };
}

/**
 * The notification with its claim given back, because the provider was certainly not asked (throttled,
 * refused connection): the attempt never was one, and is not counted.
 */
export function released(notification: Notification, nonce: string, retryAt: number): Notification {
  const attempts = notification.attempts.filter((attempt) => attempt.nonce !== nonce);
  return { ...common(notification), attempts, status: 'PENDING', dueAt: retryAt, notBefore: retryAt };
}

/** What outlives every change of status. */
export function common({ channel, purpose, createdAt, attempts }: Notification): Omit<Notification, keyof NotificationStatus> {
  return { channel, purpose, createdAt, attempts };
}
