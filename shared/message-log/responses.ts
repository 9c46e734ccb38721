import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';
import { attemptSchema, notificationSchema } from '#shared/notification/responses.ts';

/** Answers of the message log. See `responses.ts`. */

export const recipientSchema = v.object({
  /** Absent after an erasure. */
  address: v.optional(v.string()),
  /** Outcome reported by the provider, SUPPRESSED if the recipient was left out, or otherwise the message's status. */
  outcome: v.string(),
  at: v.optional(utcTimestamp),
  code: v.optional(v.string()),
});

const { attempts: _attempts, ...summaryFields } = notificationSchema.entries;

const commonFields = {
  ...summaryFields,
  /** The earliest time of sending, if the request gave one. */
  sendAt: v.optional(utcTimestamp),
  orderId: v.optional(v.string()),
  customerId: v.optional(v.string()),
  /** In the order of the request. */
  recipients: v.array(recipientSchema),
};

export const loggedNotificationSchema = v.object({ ...commonFields, attemptCount: wholeNumber });

export const messageLogSchema = v.object({
  notifications: v.array(loggedNotificationSchema),
  nextCursor: v.optional(v.string()),
});

/** A header of an e-mail, as a recipient reads it. */
export const sentHeaderSchema = v.object({ name: v.string(), value: v.string() });

/** The content that the provider receives. Absent until it is rendered, and after an erasure. */
export const sentContentSchema = v.object({
  /**
   * Of an e-mail: the headers that the stage sets beside the recipients and the subject. The address in `From` is the one
   * that the stage has now.
   */
  headers: v.optional(v.array(sentHeaderSchema)),
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
  at: utcTimestamp,
  kind: v.picklist([
    'accepted',
    'published',
    'claimed',
    'sent',
    'rejected',
    'unknown',
    'deferred',
    'held',
    'suppressed',
    'cancelled',
    'resolved',
    'feedback',
  ]),
  /** From 1. */
  attempt: v.optional(wholeNumber),
  /** For `feedback`: the outcome that the provider reported. */
  outcome: v.optional(v.string()),
  /** Index in `recipients`, from 0. Absent if the provider does not name the recipient. */
  recipient: v.optional(wholeNumber),
  code: v.optional(v.string()),
  action: v.optional(v.picklist(RESOLVE_ACTIONS)),
  by: v.optional(v.string()),
  reason: v.optional(v.string()),
});

export const durationsSchema = v.object({
  acceptedToPublishedMs: v.optional(wholeNumber),
  publishedToClaimedMs: v.optional(wholeNumber),
  claimedToSentMs: v.optional(wholeNumber),
  sentToDeliveredMs: v.optional(wholeNumber),
});

export const notificationDetailsSchema = v.object({
  ...commonFields,
  correlationId: v.string(),
  /** When the request to send was published. */
  publishedAt: v.optional(utcTimestamp),
  attempts: v.array(attemptSchema),
  resolutions: v.optional(
    v.array(
      v.object({
        action: v.picklist(RESOLVE_ACTIONS),
        by: v.string(),
        reason: v.optional(v.string()),
        at: utcTimestamp,
      }),
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
export type SentHeader = v.InferOutput<typeof sentHeaderSchema>;
export type TimelineEntryView = v.InferOutput<typeof timelineEntrySchema>;
