import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { channel } from '#shared/recipient/channel.ts';
import { RESOLVE_ACTIONS } from './notification.ts';

const described = (description: string) => v.pipe(v.string(), v.description(description));

export const attemptSchema = v.object({
  claimedAt: utcTimestamp,
  outcome: v.optional(v.picklist(['accepted', 'rejected', 'unknown', 'deferred'])),
  settledAt: v.optional(utcTimestamp),
  providerMessageId: v.optional(v.string()),
  reason: v.optional(v.string()),
  /** What the receiver of a webhook answered: the HTTP status, and the beginning of a refusal (500 bytes). */
  answer: v.optional(v.object({ status: wholeNumber, start: v.optional(v.string()) })),
});

export const notificationSchema = v.object({
  notificationId: v.string(),
  channel,
  /** Why it is sent: `order-confirmation`, `direct`. */
  purpose: v.string(),
  /**
   * Id of the event that led to it. For a direct message: id of its command. Absent if an earlier release stored the
   * message.
   */
  causationId: v.optional(v.string()),
  status: v.picklist(['PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN', 'HELD', 'SUPPRESSED', 'CANCELLED']),
  createdAt: utcTimestamp,
  sentAt: v.optional(utcTimestamp),
  failedAt: v.optional(utcTimestamp),
  unknownSince: v.optional(utcTimestamp),
  heldAt: v.optional(utcTimestamp),
  suppressedAt: v.optional(utcTimestamp),
  cancelledAt: v.optional(utcTimestamp),
  providerMessageId: v.optional(v.string()),
  reason: v.optional(v.string()),
  deferredBecause: v.optional(
    described('Code of the reason why the provider could not accept the message, while it waits for another attempt.'),
  ),
  /** Start of that wait. */
  deferredSince: v.optional(utcTimestamp),
  /** Time of the next attempt. */
  nextTryAt: v.optional(utcTimestamp),
  next: v.optional(described('What a person can do about `reason` or `deferredBecause`.')),
  /** Two attempts were accepted, so the recipient received the message twice. */
  doubled: v.optional(v.boolean()),
  attempts: v.array(attemptSchema),
});

const status = notificationSchema.entries.status;

/** Answer to `POST /notifications/{notificationId}/resolve`. */
export const resolutionAnswerSchema = v.object({
  status,
  resolution: v.object({
    action: v.picklist(RESOLVE_ACTIONS),
    /** The user who decided, from the token. */
    by: v.string(),
    at: utcTimestamp,
  }),
});

export type NotificationView = v.InferOutput<typeof notificationSchema>;

/** Notifications of all tenants that wait. No personal data. */
export const unfinishedNotificationsSchema = v.object({
  notifications: v.array(
    v.object({
      tenant: v.string(),
      notificationId: v.string(),
      channel,
      purpose: v.string(),
      status: v.picklist(['PENDING', 'UNKNOWN', 'HELD']),
      /** Since when it has this status. PENDING: since it was first deferred, or else created. */
      since: utcTimestamp,
      /** Code: why its outcome is unknown, why it is held, or why it was deferred. */
      reason: v.optional(v.string()),
      /** When the system looks at it again. HELD: since when a person has to decide. */
      dueAt: utcTimestamp,
      /** Calls to the provider that may have reached it. */
      attempts: wholeNumber,
    }),
  ),
  /** False: there may be more than are listed. */
  isComplete: v.boolean(),
  /** Absent: this is the last page. */
  nextCursor: v.optional(v.string()),
});

export type UnfinishedNotifications = v.InferOutput<typeof unfinishedNotificationsSchema>;
