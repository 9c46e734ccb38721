import type { AnnounceContext, Announcement } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import { MESSAGE_ATTRIBUTE, NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { NotificationEvent } from './events.ts';
import type { NotificationMessageData as Data } from './message-data.ts';
import type { Notification } from './notification.ts';
import { requestMessage } from './request.ts';

/** The messages about events. They carry ids and codes only, never an address. */
export function announce(
  events: readonly NotificationEvent[],
  notification: Notification,
  { key }: AnnounceContext,
): Announcement {
  const { channel, attachments } = notification;
  const data = {
    notificationId: key.part?.id ?? '',
    channel,
    ...(attachments && { attachments }),
  } satisfies Data['NotificationSent'];
  const attributes = {
    [MESSAGE_ATTRIBUTE.channel]: channel,
    ...(attachments && { [MESSAGE_ATTRIBUTE.attachments]: 'true' }),
  };
  const about = (type: string, more: { reason?: string } = {}): NewMessage => ({
    type,
    data: { ...data, ...more } satisfies Data['NotificationSent' | 'NotificationFailed'],
    attributes,
  });
  const messages = events.flatMap((event): NewMessage[] => {
    switch (event.type) {
      case 'NotificationSent':
      case 'NotificationMarkedSent':
        return [about(NOTIFICATION_MESSAGE.sent)];
      case 'NotificationSuppressed':
        return [about(NOTIFICATION_MESSAGE.suppressed)];
      case 'NotificationCancelled':
        return [about(NOTIFICATION_MESSAGE.cancelled)];
      case 'OutcomeKnown':
        return [about(NOTIFICATION_MESSAGE[event.outcome])];
      case 'NotificationFailed':
        return [about(NOTIFICATION_MESSAGE.failed, { reason: event.reason })];
      case 'NotificationHeld':
        return [about(NOTIFICATION_MESSAGE.held, { reason: event.reason })];
      case 'NotificationDoubled':
        return [about(NOTIFICATION_MESSAGE.doubled)];
      case 'ResendAuthorised':
        return [requestMessage(data.notificationId, channel)];
      default:
        return [];
    }
  });
  return { messages, rows: [] };
}
