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
  customerId?: string;
  /** Ids of what is attached. */
  attachments?: readonly string[];
  /** ISO 8601: not before then. */
  sendAt?: string;
};

export type RequestedNotification = {
  /** Brings it to its sender; none where its moment has yet to come, when `wake-due` announces it. */
  messages: readonly NewMessage[];
  notification: NewNotification;
};

/** A pending notification and the message that brings it to its sender. */
export function requestNotification(request: NotificationRequest): RequestedNotification {
  const { context, position, channel, purpose, content, customerId, attachments, sendAt } = request;
  const notificationId = notificationIdOf(context.key, context.version, position);
  const notBefore = sendAt === undefined ? 0 : Date.parse(sendAt);
  const waits = notBefore > context.now;
  const dueAt = waits ? notBefore : context.firstClaimDueAt;
  const { recipientKey } = context;
  const state: Notification = {
    channel,
    purpose,
    createdAt: new Date(context.now).toISOString(),
    correlationId: context.correlationId,
    attempts: [],
    ...(recipientKey && { recipients: content.recipients.map((address) => recipientKey(channel, address)) }),
    requestedBy: context.commandId,
    ...(sendAt !== undefined && { sendAt }),
    ...(customerId !== undefined && { customerId }),
    ...(attachments !== undefined && { attachments }),
    status: 'PENDING',
    dueAt,
    ...(waits && { notBefore }),
  };
  return {
    messages: waits ? [] : [requestMessage(notificationId, channel)],
    notification: {
      notificationId,
      schemaVersion: SHAPES.notification.written,
      state,
      content,
      due: { kind: 'notification', at: dueAt },
      ...expiry(Math.max(context.now, notBefore), context),
    },
  };
}

/** A message that waits for its moment is kept as long after that. */
function expiry(mayBeSentAt: number, { contentRetentionMs }: AnnounceContext): { contentExpiresAt?: number } {
  if (contentRetentionMs === undefined) return {};
  return { contentExpiresAt: Math.ceil((mayBeSentAt + contentRetentionMs) / 1000) };
}

/** The message alone, for a notification that has to be announced again. */
export function requestMessage(notificationId: string, channel: Channel): NewMessage {
  return { type: NOTIFICATION_REQUESTED, data: { notificationId, channel } satisfies NotificationRequested };
}
