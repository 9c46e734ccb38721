import * as z from 'zod/mini';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { attemptSchema, notificationSchema } from './responses.ts';

/** What the message log answers. See `responses.ts`. */

const timestamp = z.iso.datetime();
const milliseconds = z.int().check(z.minimum(0));

export const recipientSchema = z.object({
  /** Absent once it was erased. */
  address: z.optional(z.string()),
  /** What the provider told of this recipient, SUPPRESSED if they were left out, or the status of the message. */
  outcome: z.string(),
  at: z.optional(timestamp),
  code: z.optional(z.string()),
});

const { attempts: _attempts, ...summaryFields } = notificationSchema.shape;

const commonFields = {
  ...summaryFields,
  /** It was not to be sent before then. */
  sendAt: z.optional(timestamp),
  orderId: z.optional(z.string()),
  customerId: z.optional(z.string()),
  /** In the order in which they were given. */
  recipients: z.array(recipientSchema),
};

export const loggedNotificationSchema = z.object({ ...commonFields, attemptCount: z.int() });

export const messageLogSchema = z.object({
  notifications: z.array(loggedNotificationSchema),
  nextCursor: z.optional(z.string()),
});

/** What the provider is given: absent while it is not rendered yet, and once it was erased. */
export const sentContentSchema = z.object({
  subject: z.optional(z.string()),
  text: z.string(),
  html: z.optional(z.string()),
  /** Parts of a text message. */
  segments: z.optional(z.int()),
  attachments: z.optional(
    z.array(
      z.object({
        attachmentId: z.string(),
        name: z.string(),
        contentType: z.string(),
        size: z.int(),
        sha256: z.string(),
      }),
    ),
  ),
});

export const timelineEntrySchema = z.object({
  at: timestamp,
  kind: z.enum([
    'accepted',
    'published',
    'claimed',
    'sent',
    'rejected',
    'unknown',
    'held',
    'suppressed',
    'cancelled',
    'resolved',
    'feedback',
  ]),
  /** From 1. */
  attempt: z.optional(z.int()),
  /** Of `feedback`: what the provider told. */
  outcome: z.optional(z.string()),
  /** Position in `recipients`, from 0; absent where the provider does not say whom it is about. */
  recipient: z.optional(z.int()),
  code: z.optional(z.string()),
  action: z.optional(z.enum(RESOLVE_ACTIONS)),
  by: z.optional(z.string()),
  reason: z.optional(z.string()),
});

export const durationsSchema = z.object({
  acceptedToPublishedMs: z.optional(milliseconds),
  publishedToClaimedMs: z.optional(milliseconds),
  claimedToSentMs: z.optional(milliseconds),
  sentToDeliveredMs: z.optional(milliseconds),
});

export const notificationDetailsSchema = z.object({
  ...commonFields,
  correlationId: z.string(),
  /** When the request to send it was handed on. */
  publishedAt: z.optional(timestamp),
  attempts: z.array(attemptSchema),
  resolutions: z.optional(
    z.array(
      z.object({ action: z.enum(RESOLVE_ACTIONS), by: z.string(), reason: z.optional(z.string()), at: timestamp }),
    ),
  ),
  content: z.optional(sentContentSchema),
  durations: durationsSchema,
  timeline: z.array(timelineEntrySchema),
});

export type RecipientView = z.output<typeof recipientSchema>;
export type LoggedNotificationView = z.output<typeof loggedNotificationSchema>;
export type MessageLogView = z.output<typeof messageLogSchema>;
export type NotificationDetailsView = z.output<typeof notificationDetailsSchema>;
export type TimelineEntryView = z.output<typeof timelineEntrySchema>;
