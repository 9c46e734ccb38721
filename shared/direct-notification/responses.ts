import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { channel } from '#shared/recipient/channel.ts';

const { status } = notificationSchema.entries;

/** Answer to `POST /notifications`: the first notification, and the list of all. An e-mail has only one. */
export const notificationAnswerSchema = v.object({
  notificationId: v.string(),
  channel,
  status,
  createdAt: utcTimestamp,
  sendAt: v.optional(utcTimestamp),
  notifications: v.array(v.object({ notificationId: v.string(), channel, status })),
});
