import * as v from 'valibot';
import { RESOLVE_ACTIONS } from '#shared/domain/notification/notification.ts';
import { attemptSchema, notificationSchema, timestamp } from './responses.ts';
import { wholeNumber } from './structures.ts';

/** What the message log answers. See `responses.ts`. */

const milliseconds = v.pipe(wholeNumber, v.minValue(0));

export const recipientSchema = v.object({
  /** Absent once it was erased. */
  address: v.optional(v.string()),
  /** What the provider told of this recipient, SUPPRESSED if they were left out, or the status of the message. */
  outcome: v.string(),
  at: v.optional(timestamp),
  code: v.optional(v.string()),
});

const { attempts: _attempts, ...summaryFields } = notificationSchema.entries;

const commonFields = {
  ...summaryFields,
  /** It was not to be sent before then. */
  sendAt: v.optional(timestamp),
  orderId: v.optional(v.string()),
  customerId: v.optional(v.string()),
  /** In the order in which they were given. */
  recipients: v.array(recipientSchema),
};

export const loggedNotificationSchema = v.object({ ...commonFields, attemptCount: wholeNumber });

export const messageLogSchema = v.object({
  notifications: v.array(loggedNotificationSchema),
  nextCursor: v.optional(v.string()),
});

/** What the provider is given: absent while it is not rendered yet, and once it was erased. */
export const sentContentSchema = v.object({
  subject: v.optional(v.string()),
  text: v.string(),
  html: v.optional(v.string()),
  /** Parts of a text message. */
  segments: v.optional(wholeNumber),
  attachments: v.optional(
    v.array(
      v.object({
        attachmentId: v.string(),
        name: v.string(),
        contentType: v.string(),
        size: wholeNumber,
        sha256: v.string(),
      }),
    ),
  ),
});

export const timelineEntrySchema = v.object({
  at: timestamp,
  kind: v.picklist([
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
  attempt: v.optional(wholeNumber),
  /** Of `feedback`: what the provider told. */
  outcome: v.optional(v.string()),
  /** Position in `recipients`, from 0; absent where the provider does not say whom it is about. */
  recipient: v.optional(wholeNumber),
  code: v.optional(v.string()),
  action: v.optional(v.picklist(RESOLVE_ACTIONS)),
  by: v.optional(v.string()),
  reason: v.optional(v.string()),
});

export const durationsSchema = v.object({
  acceptedToPublishedMs: v.optional(milliseconds),
  publishedToClaimedMs: v.optional(milliseconds),
  claimedToSentMs: v.optional(milliseconds),
  sentToDeliveredMs: v.optional(milliseconds),
});

export const notificationDetailsSchema = v.object({
  ...commonFields,
  correlationId: v.string(),
  /** When the request to send it was handed on. */
  publishedAt: v.optional(timestamp),
  attempts: v.array(attemptSchema),
  resolutions: v.optional(
    v.array(
      v.object({ action: v.picklist(RESOLVE_ACTIONS), by: v.string(), reason: v.optional(v.string()), at: timestamp }),
    ),
  ),
  content: v.optional(sentContentSchema),
  durations: durationsSchema,
  timeline: v.array(timelineEntrySchema),
});

export type RecipientView = v.InferOutput<typeof recipientSchema>;
export type LoggedNotificationView = v.InferOutput<typeof loggedNotificationSchema>;
export type MessageLogView = v.InferOutput<typeof messageLogSchema>;
export type NotificationDetailsView = v.InferOutput<typeof notificationDetailsSchema>;
export type TimelineEntryView = v.InferOutput<typeof timelineEntrySchema>;
