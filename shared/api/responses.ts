import * as v from 'valibot';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { moment, textOf } from './fields.ts';
import { contactSchema, orderLineSchema } from './requests.ts';
import { wholeNumber } from './structures.ts';

/**
 * What the API answers. The schemas describe (and, in tests, check) the answers; nothing is parsed
 * with them at run time.
 */

/** As we write moments: in UTC. */
export const timestamp = textOf('date-time', (text) => v.is(moment, text) && text.endsWith('Z'));
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

/** Answer to a command: the order after it, and the notifications that this command asked for. */
export const orderAnswerSchema = v.object({
  ...orderFields,
  notifications: v.array(v.object({ notificationId: v.string(), channel, status: v.picklist(['PENDING']) })),
});

export const attemptSchema = v.object({
  claimedAt: timestamp,
  outcome: v.optional(v.picklist(['accepted', 'rejected', 'unknown'])),
  settledAt: v.optional(timestamp),
  providerMessageId: v.optional(v.string()),
  reason: v.optional(v.string()),
});

export const notificationSchema = v.object({
  notificationId: v.string(),
  channel,
  status: v.picklist(['PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN', 'HELD', 'SUPPRESSED', 'CANCELLED']),
  createdAt: timestamp,
  sentAt: v.optional(timestamp),
  failedAt: v.optional(timestamp),
  unknownSince: v.optional(timestamp),
  heldAt: v.optional(timestamp),
  suppressedAt: v.optional(timestamp),
  cancelledAt: v.optional(timestamp),
  providerMessageId: v.optional(v.string()),
  reason: v.optional(v.string()),
  /** Of one that waits because the provider could not take it: why, as a code, since when, and when it is tried again. */
  deferredBecause: v.optional(v.string()),
  deferredSince: v.optional(timestamp),
  nextTryAt: v.optional(timestamp),
  /** What a person can do about `reason` or `deferredBecause`. */
  next: v.optional(v.string()),
  /** Two attempts were accepted: the recipient has it twice. */
  doubled: v.optional(v.boolean()),
  attempts: v.array(attemptSchema),
});

const status = notificationSchema.entries.status;

/** Answer to `POST /notifications`: the first of the notifications, which is the only one of an e-mail, and all of them. */
export const notificationAnswerSchema = v.object({
  notificationId: v.string(),
  channel,
  status,
  createdAt: timestamp,
  sendAt: v.optional(timestamp),
  notifications: v.array(v.object({ notificationId: v.string(), channel, status })),
});

/** Answer to a person's word about a notification. */
export const resolutionAnswerSchema = v.object({
  status,
  resolution: v.object({
    action: v.picklist(RESOLVE_ACTIONS),
    /** Who, as their token says. */
    by: v.string(),
    at: timestamp,
  }),
});

export const suppressionAnswerSchema = v.object({ channel, reason: v.picklist(['MANUAL']), since: timestamp });

export const liftedSuppressionSchema = v.object({
  channel,
  reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
  /** The notification whose feedback it was, or `api`. */
  origin: v.string(),
  since: timestamp,
  lifted: v.literal(true),
});

export const suppressionListSchema = v.object({
  suppressions: v.array(
    v.object({
      suppressionId: v.string(),
      channel,
      reason: v.picklist(['BOUNCE', 'COMPLAINT', 'MANUAL']),
      /** The notification whose feedback it was, or `api`. */
      origin: v.string(),
      since: timestamp,
    }),
  ),
  nextCursor: v.optional(v.string()),
});

/** Answer to asking for personal data to be erased. */
export const erasureAnswerSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING']),
  /** It was asked for before, and is not done yet. */
  alreadyRunning: v.boolean(),
});

export const erasureSchema = v.object({
  erasureId: v.string(),
  status: v.picklist(['RUNNING', 'INCOMPLETE', 'DONE']),
  /** The latest request: what was accepted until then is erased. */
  requestedAt: timestamp,
  /** Notifications so far. */
  erased: wholeNumber,
  /** Notifications that cannot be read: whether they are about this person is not known, and nothing of them is erased. */
  unreadable: wholeNumber,
  /** The first hundred of them. */
  unreadableNotifications: v.optional(v.array(v.object({ notificationId: v.string(), code: v.string() }))),
  doneAt: v.optional(timestamp),
});

/** An order with everything that was said about it. */
export const orderViewSchema = v.object({
  ...orderFields,
  placedAt: timestamp,
  /** Missing once it was erased. */
  contact: v.optional(contactSchema),
  customerId: v.optional(v.string()),
  notifications: v.array(notificationSchema),
});

/** A declared attachment, and the request that uploads it: with these headers and no others. */
export const attachmentAnswerSchema = v.object({
  attachmentId: v.string(),
  upload: v.object({
    url: v.pipe(v.string(), v.url()),
    method: v.picklist(['PUT']),
    headers: v.record(v.string(), v.string()),
  }),
  /** Until then the upload can begin; the same request with the same key renews it. */
  expiresAt: timestamp,
});

/** Something that could not be handled as it is, kept with its reason until somebody deals with it. */
export const deadLetterSchema = v.object({
  id: v.string(),
  /** The function that could not handle it. */
  subscriber: v.string(),
  reason: v.string(),
  detail: v.string(),
  /** The message, where it carries no personal data. */
  message: v.optional(v.string()),
  firstSeenAt: timestamp,
  lastSeenAt: timestamp,
  /** How often it came. */
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

/** What API Gateway itself answers before a function is asked. */
export const gatewayMessageSchema = v.looseObject({ message: v.string() });

export type AttachmentAnswer = v.InferOutput<typeof attachmentAnswerSchema>;
export type SuppressionListView = v.InferOutput<typeof suppressionListSchema>;
export type ErasureView = v.InferOutput<typeof erasureSchema>;
export type OrderView = v.InferOutput<typeof orderViewSchema>;
export type NotificationView = v.InferOutput<typeof notificationSchema>;
export type DeadLetterView = v.InferOutput<typeof deadLetterSchema>;
