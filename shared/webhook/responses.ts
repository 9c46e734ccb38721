import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { notificationSchema } from '#shared/notification/responses.ts';

const { channel, status } = notificationSchema.entries;

const secretSchema = v.object({
  secretId: v.string(),
  createdAt: utcTimestamp,
  /** For the earlier secret after a rotation: webhooks are signed with it until then. */
  endsAt: v.optional(utcTimestamp),
  /** `whsec_…`. Only in the answer to the command that created it. */
  secret: v.optional(v.string()),
});

export const endpointViewSchema = v.object({
  endpointId: v.string(),
  url: v.string(),
  eventTypes: v.array(v.string()),
  description: v.optional(v.string()),
  enabled: v.boolean(),
  /** Since when and why it receives nothing. `GONE`: it answered 410. */
  disabled: v.optional(v.object({ at: utcTimestamp, because: v.picklist(['GONE', 'REQUESTED']) })),
  /** The newest first. Every webhook is signed with all of them. */
  secrets: v.array(secretSchema),
});

export const webhookSettingsSchema = v.object({
  /** 0: nothing was put yet. */
  version: wholeNumber,
  updatedAt: v.optional(utcTimestamp),
  endpoints: v.array(endpointViewSchema),
});

/** Answer to a test: the notification that posts the event. */
export const endpointTestSchema = v.object({
  notificationId: v.string(),
  channel,
  status,
  endpointId: v.string(),
});

export type EndpointTestView = v.InferOutput<typeof endpointTestSchema>;
export type EndpointView = v.InferOutput<typeof endpointViewSchema>;
export type WebhookSettingsView = v.InferOutput<typeof webhookSettingsSchema>;
