import type { AnnounceContext, NewNotification } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import { notificationIdOf } from '#shared/messaging/identity.ts';
import { type Channel, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { SHAPES } from '../shapes.ts';
import type { NotificationContent } from './content.ts';
import type { Notification } from './notification.ts';

/** Data of a message that asks a sender to look at a notification. No destination, no content. */
export type NotificationRequested = { notificationId: string; channel: Channel };

export type NotificationRequest = {
  context: AnnounceContext;
  /** 1 for the first notification of the change, and so on: a part of the id. */
  position: number;
  channel: Channel;
  purpose: string;
  content: NotificationContent;
};

/** A pending notification and the message that brings it to its sender. */
export function requestNotification({ context, position, channel, purpose, content }: NotificationRequest): {
  message: NewMessage;
  notification: NewNotification;
} {
  const notificationId = notificationIdOf(context.key, context.version, position);
  const dueAt = context.firstClaimDueAt;
  const state: Notification = {
    status: 'PENDING',
    channel,
    purpose,
    createdAt: new Date(context.now).toISOString(),
    correlationId: context.correlationId,
    attempts: [],
    dueAt,
  };
  return {
    message: requestMessage(notificationId, channel),
    notification: {
      notificationId,
      schemaVersion: SHAPES.notification.written,
      state,
      content,
      due: { kind: 'notification', at: dueAt },
    },
  };
}

/** The message alone, for a notification that has to be announced again. */
export function requestMessage(notificationId: string, channel: Channel): NewMessage {
  return { type: NOTIFICATION_REQUESTED, data: { notificationId, channel } satisfies NotificationRequested };
}
