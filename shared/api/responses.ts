import * as v from 'valibot';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { textOf, timestamp } from './fields.ts';
import { contactSchema, orderLineSchema } from './requests.ts';
import { wholeNumber } from './structures.ts';

/**
 * Answers of the API. The schemas describe the answers, and tests check answers with them. No code parses with them at
 * run time.
 */

/** Our answers write timestamps in UTC. */
export const utcTimestamp = textOf('date-time', (text) => v.is(timestamp, text) && text.endsWith('Z'));
const minorUnits = wholeNumber;
const channel = v.picklist(['email', 'sms']);

const orderFields = {
  orderId: v.string(),
  status: v.picklist(['placed']),
  version: v.pipe(wholeNumber, v.minValue(1)),
  currency: v.string(),
  total: minorUnits,
  lines: v.array(orderLineSchema),
};

/** Answer to a command: the order after the command, and the notifications that the command requested. */
export const orderAnswerSchema = v.object({
  ...orderFields,
  notifications: v.array(v.object({ notificationId: v.string(), channel, status: v.picklist(['PENDING']) })),
});

export const attemptSchema = v.object({
  claimedAt: utcTimestamp,
  outcome: v.optional(v.picklist(['accepted', 'rejected', 'unknown'])),
  settledAt: v.optional(utcTimestamp),
  providerMessageId: v.optional(v.string()),
  reason: v.optional(v.string()),
});

export const notificationSchema = v.object({
  notificationId: v.string(),
  channel,
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
  /** Code of the reason why the provider could not accept the message, while it waits for another attempt. */
  deferredBecause: v.optional(v.string()),
  /** Start of that wait. */
  deferredSince: v.optional(utcTimestamp),
  /** Time of the next attempt. */
  nextTryAt: v.optional(utcTimestamp),
  /** What a user can do about `reason` or `deferredBecause`. */
  next: v.optional(v.string()),
  /** Two attempts were accepted, so the recipient received the message twice. */
  doubled: v.optional(v.boolean()),
  attempts: v.array(attemptSchema),
});

const status = notificationSchema.entries.status;

/** Answer to `POST /notifications`: the first notification, and the list of all. An e-mail has only one. */
export const notificationAnswerSchema = v.object({
  notificationId: v.string(),
  channel,
  status,
  createdAt: utcTimestamp,
  sendAt: v.optional(utcTimestamp),
  notifications: v.array(v.object({ notificationId: v.string(), channel, status })),
});

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

export const suppressionAnswerSchema = v.object({ channel, reason: v.picklist(['MANUAL']), since: utcTimestamp });

export const liftedSuppressionSchema = v.object({
  channel,
  reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
  /** The notification whose feedback caused it, or `api`. */
  origin: v.string(),
  since: utcTimestamp,
  lifted: v.literal(true),
});

export const suppressionListSchema = v.object({
  suppressions: v.array(
    v.object({
      suppressionId: v.string(),
      channel,
      reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
      /** The notification whose feedback caused it, or `api`. */
      origin: v.string(),
      since: utcTimestamp,
    }),
  ),
  nextCursor: v.optional(v.string()),
});

/** Answer to a request to erase personal data. */
export const erasureAnswerSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING']),
  /** An earlier request started it, and it is not done yet. */
  alreadyRunning: v.boolean(),
});

export const erasureSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING', 'INCOMPLETE', 'DONE']),
  /** Time of the latest request. Everything that was accepted until then is erased. */
  requestedAt: utcTimestamp,
  /** Number of notifications that are erased so far. */
  erased: wholeNumber,
  /** Number of unreadable notifications. They are not erased, because it is unknown whether they concern the person. */
  unreadable: wholeNumber,
  /** The first 100 of the unreadable notifications. */
  unreadableNotifications: v.optional(v.array(v.object({ notificationId: v.string(), code: v.string() }))),
  doneAt: v.optional(utcTimestamp),
});

/** An order with its notifications. */
export const orderViewSchema = v.object({
  ...orderFields,
  placedAt: utcTimestamp,
  /** Absent after an erasure. */
  contact: v.optional(contactSchema),
  customerId: v.optional(v.string()),
  notifications: v.array(notificationSchema),
});

/** A declared attachment, and the request that uploads it, with exactly these headers. */
export const attachmentAnswerSchema = v.object({
  attachmentId: v.string(),
  upload: v.object({
    url: v.pipe(v.string(), v.url()),
    method: v.picklist(['PUT']),
    headers: v.record(v.string(), v.string()),
  }),
  /** The upload must start before then. The same request with the same key renews it. */
  expiresAt: utcTimestamp,
});

/** A message or record that could not be handled. It is stored with the reason until an operator deals with it. */
export const deadLetterSchema = v.object({
  id: v.string(),
  /** The function that failed. */
  subscriber: v.string(),
  reason: v.string(),
  detail: v.string(),
  /** The message, if it contains no personal data. */
  message: v.optional(v.string()),
  firstSeenAt: utcTimestamp,
  lastSeenAt: utcTimestamp,
  /** How often it was received. */
  count: wholeNumber,
});

export const deadLettersSchema = v.object({ deadLetters: v.array(deadLetterSchema) });

export const faultSchema = v.object({ path: v.string(), code: v.string(), message: v.string(), next: v.string() });

/** RFC 9457. */
export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: wholeNumber,
  code: v.string(),
  detail: v.string(),
  next: v.string(),
  errors: v.optional(v.array(faultSchema)),
});

/** An answer of API Gateway itself, without calling a function. */
export const gatewayMessageSchema = v.looseObject({ message: v.string() });

export type AttachmentAnswer = v.InferOutput<typeof attachmentAnswerSchema>;
export type SuppressionListView = v.InferOutput<typeof suppressionListSchema>;
export type ErasureView = v.InferOutput<typeof erasureSchema>;
export type OrderView = v.InferOutput<typeof orderViewSchema>;
export type NotificationView = v.InferOutput<typeof notificationSchema>;
export type DeadLetterView = v.InferOutput<typeof deadLetterSchema>;
