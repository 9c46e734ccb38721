import * as z from 'zod/mini';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { contactSchema, orderLineSchema } from './requests.ts';

/**
 * What the API answers. The schemas describe (and, in tests, check) the answers; nothing is parsed
 * with them at run time.
 */

const minorUnits = z.int();
const timestamp = z.iso.datetime();
const channel = z.enum(['email', 'sms']);

const orderFields = {
  orderId: z.string(),
  status: z.enum(['placed']),
  version: z.int().check(z.minimum(1)),
  currency: z.string(),
  total: minorUnits,
  lines: z.array(orderLineSchema),
};

/** Answer to a command: the order after it, and the notifications that this command asked for. */
export const orderAnswerSchema = z.object({
  ...orderFields,
  notifications: z.array(z.object({ notificationId: z.string(), channel, status: z.enum(['PENDING']) })),
});

export const attemptSchema = z.object({
  claimedAt: timestamp,
  outcome: z.optional(z.enum(['accepted', 'rejected', 'unknown'])),
  settledAt: z.optional(timestamp),
  providerMessageId: z.optional(z.string()),
  reason: z.optional(z.string()),
});

export const notificationSchema = z.object({
  notificationId: z.string(),
  channel,
  status: z.enum(['PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN', 'HELD', 'SUPPRESSED', 'CANCELLED']),
  createdAt: timestamp,
  sentAt: z.optional(timestamp),
  failedAt: z.optional(timestamp),
  unknownSince: z.optional(timestamp),
  heldAt: z.optional(timestamp),
  suppressedAt: z.optional(timestamp),
  cancelledAt: z.optional(timestamp),
  providerMessageId: z.optional(z.string()),
  reason: z.optional(z.string()),
  /** Two attempts were accepted: the recipient has it twice. */
  doubled: z.optional(z.boolean()),
  attempts: z.array(attemptSchema),
});

const status = notificationSchema.shape.status;

/** Answer to `POST /notifications`: the first of the notifications, which is the only one of an e-mail, and all of them. */
export const notificationAnswerSchema = z.object({
  notificationId: z.string(),
  channel,
  status,
  createdAt: timestamp,
  sendAt: z.optional(timestamp),
  notifications: z.array(z.object({ notificationId: z.string(), channel, status })),
});

/** Answer to a person's word about a notification. */
export const resolutionAnswerSchema = z.object({
  status,
  resolution: z.object({
    action: z.enum(RESOLVE_ACTIONS),
    /** Who, as their token says. */
    by: z.string(),
    at: timestamp,
  }),
});

export const suppressionAnswerSchema = z.object({ channel, reason: z.enum(['MANUAL']), since: timestamp });

export const liftedSuppressionSchema = z.object({
  channel,
  reason: z.enum(['BOUNCE', 'COMPLAINT', 'MANUAL']),
  /** The notification whose feedback it was, or `api`. */
  origin: z.string(),
  since: timestamp,
  lifted: z.literal(true),
});

export const suppressionListSchema = z.object({
  suppressions: z.array(
    z.object({
      suppressionId: z.string(),
      channel,
      reason: z.enum(['BOUNCE', 'COMPLAINT', 'MANUAL']),
      /** The notification whose feedback it was, or `api`. */
      origin: z.string(),
      since: timestamp,
    }),
  ),
  nextCursor: z.optional(z.string()),
});

/** Answer to asking for personal data to be erased. */
export const erasureAnswerSchema = z.object({
  erasureId: z.string(),
  status: z.enum(['RUNNING']),
  /** It was asked for before, and is not done yet. */
  alreadyRunning: z.boolean(),
});

export const erasureSchema = z.object({
  erasureId: z.string(),
  status: z.enum(['RUNNING', 'DONE']),
  requestedAt: timestamp,
  /** Notifications so far. */
  erased: z.int(),
  doneAt: z.optional(timestamp),
});

/** An order with everything that was said about it. */
export const orderViewSchema = z.object({
  ...orderFields,
  placedAt: timestamp,
  /** Missing once it was erased. */
  contact: z.optional(contactSchema),
  customerId: z.optional(z.string()),
  notifications: z.array(notificationSchema),
});

/** A declared attachment, and the request that uploads it: with these headers and no others. */
export const attachmentAnswerSchema = z.object({
  attachmentId: z.string(),
  upload: z.object({ url: z.url(), method: z.enum(['PUT']), headers: z.record(z.string(), z.string()) }),
  /** Until then the upload can begin; the same request with the same key renews it. */
  expiresAt: timestamp,
});

/** Something that could not be handled as it is, kept with its reason until somebody deals with it. */
export const deadLetterSchema = z.object({
  id: z.string(),
  /** The function that could not handle it. */
  subscriber: z.string(),
  reason: z.string(),
  detail: z.string(),
  /** The message, where it carries no personal data. */
  message: z.optional(z.string()),
  firstSeenAt: timestamp,
  lastSeenAt: timestamp,
  /** How often it came. */
  count: z.int(),
});

export const deadLettersSchema = z.object({ deadLetters: z.array(deadLetterSchema) });

export const faultSchema = z.object({ path: z.string(), code: z.string(), message: z.string(), next: z.string() });

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  next: z.string(),
  errors: z.optional(z.array(faultSchema)),
});

/** What API Gateway itself answers before a function is asked. */
export const gatewayMessageSchema = z.looseObject({ message: z.string() });

export type AttachmentAnswer = z.output<typeof attachmentAnswerSchema>;
export type SuppressionListView = z.output<typeof suppressionListSchema>;
export type ErasureView = z.output<typeof erasureSchema>;
export type OrderView = z.output<typeof orderViewSchema>;
export type NotificationView = z.output<typeof notificationSchema>;
export type DeadLetterView = z.output<typeof deadLetterSchema>;
