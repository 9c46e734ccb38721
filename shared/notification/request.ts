import type { AnnounceContext, Announcement } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import { type Channel, MESSAGE_ATTRIBUTE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import { CONTENT, type DirectContent, type NotificationContent, type RequestedContent } from './content.ts';
import type { NotificationMessageData } from './message-data.ts';
import { NOTIFICATION, type Notification } from './notification.ts';
import { notificationIdOf, notificationKeyOf } from './notification-id.ts';
import type { CurrentSettings } from './settings/settings-reader.ts';

/** What a decider needs to request notifications, besides time and key. */
export type NotificationTerms = {
  /** How long a new notification may stay unclaimed before it is announced again. */
  firstClaimMs: number;
  /** How long the content is kept after the notification may be sent; absent: it never expires. */
  contentRetentionMs?: number;
  recipientKey: RecipientKey;
  /** What the tenant has set, when the command is decided; absent: nothing. */
  settings?: CurrentSettings;
};

/** Those of an event's channels that the tenant's settings leave on. */
export const channelsOn = <One extends Channel>(
  event: string,
  channels: readonly One[],
  { settings }: { settings?: Pick<CurrentSettings, 'events'> },
): readonly One[] => {
  const on = settings?.events?.[event];
  return on ? channels.filter((channel) => on.includes(channel)) : channels;
};

/** For commands that request no notification, if their decider requests notifications for other commands. */
export const NO_NOTIFICATIONS: NotificationTerms = {
  firstClaimMs: 0,
  recipientKey: () => {
    throw new Error('The command asks for a notification, and its caller did not say on which terms.');
  },
};

export type NotificationRequest = {
  context: AnnounceContext<NotificationTerms>;
  /** 1 for the first notification of the change, then 2, and so on. It is part of the id. */
  position: number;
  /** Part of the id, for the process of a subject (`OF_PROCESS`). Absent: the version of the change. */
  version?: number;
  channel: Channel;
  purpose: string;
  /**
   * Which of the change's messages is the cause, from 1. 0: the command itself is, because it has no event, or
   * the message that the command handles. Absent: the
   * first one, because a change announces its event before the notifications.
   */
  causePosition?: number;
  content: RequestedContent | DirectContent;
  customerId?: string;
  /** Ids of its attachments. */
  attachments?: readonly string[];
  /** ISO 8601: it must not be sent before then. */
  sendAt?: string;
};

/** A requested notification in the answer to its command. */
export type RequestedNotification = { notificationId: string; channel: Channel; status: Notification['status'] };

/** An announcement that requests notifications. */
export type AnnouncedNotifications = Announcement & { notifications: readonly RequestedNotification[] };

/** Merges several announcements in their order. */
export const announcedTogether = (all: readonly AnnouncedNotifications[]): AnnouncedNotifications => ({
  messages: all.flatMap(({ messages }) => messages),
  rows: all.flatMap(({ rows }) => rows),
  notifications: all.flatMap(({ notifications }) => notifications),
});

/**
 * Creates a pending notification: its row, its content, and the message to its sender. If its `sendAt` is in the
 * future, there is no message yet: `wake-due` announces it at that time.
 */
export function requestNotification(request: NotificationRequest): AnnouncedNotifications {
  const { context, position, version = context.version, channel, content } = request;
  const notificationId = notificationIdOf(context.key, version, position);
  const state = pendingNotification(request);
  const { status, dueAt, notBefore, createdAt } = state;
  const key = notificationKeyOf(context.key, notificationId);
  const rows: NewRow[] = [
    {
      kind: 'state',
      key,
      stored: {
        schemaVersion: NOTIFICATION.written,
        version: 1,
        state,
        due: { kind: 'notification', at: dueAt },
      },
      attributes: { logTenant: key.tenant, logOrder: `${createdAt}#${notificationId}` },
    },
    {
      kind: 'record',
      key,
      type: CONTENT.name,
      schemaVersion: CONTENT.written,
      value: storedContent(content, context.terms),
      ...expiry(Math.max(context.now, notBefore ?? 0), context.terms),
    },
  ];
  return {
    messages: notBefore === undefined ? [requestMessage(notificationId, channel)] : [],
    rows,
    notifications: [{ notificationId, channel, status }],
  };
}

/** The content with everything that its rendering depends on, as of now. */
function storedContent(content: NotificationRequest['content'], { settings }: NotificationTerms): NotificationContent {
  const version = settings && { settings: settings.version };
  if (!('data' in content)) return content.message.channel === 'email' ? { ...content, ...version } : content;
  const { recipients, locale = settings?.defaultLocale ?? 'en', ...filled } = content;
  return { recipients, locale, ...filled, ...version };
}

function pendingNotification(request: NotificationRequest): Notification & { status: 'PENDING' } {
  const { context, channel, purpose, causePosition = 1, content, customerId, attachments, sendAt } = request;
  const { key, now, terms } = context;
  const notBefore = sendAt === undefined ? 0 : Date.parse(sendAt);
  const waits = notBefore > now;
  return {
    channel,
    purpose,
    createdAt: new Date(now).toISOString(),
    correlationId: context.correlationId,
    attempts: [],
    recipients: content.recipients.map((address) => terms.recipientKey(key.tenant, channel, address)),
    requestedBy: context.commandId,
    causePosition,
    ...(sendAt !== undefined && { sendAt }),
    ...(customerId !== undefined && { customerId }),
    ...(attachments !== undefined && { attachments }),
    status: 'PENDING',
    dueAt: waits ? notBefore : now + terms.firstClaimMs,
    ...(waits && { notBefore }),
  };
}

/** The retention period of the content starts when the notification may be sent. */
function expiry(mayBeSentAt: number, { contentRetentionMs }: NotificationTerms): { expiresAt?: number } {
  if (contentRetentionMs === undefined) return {};
  return { expiresAt: Math.ceil((mayBeSentAt + contentRetentionMs) / 1000) };
}

/** Only the message, for a notification that has to be announced again. */
export function requestMessage(notificationId: string, channel: Channel): NewMessage {
  return {
    type: NOTIFICATION_REQUESTED,
    data: { notificationId, channel } satisfies NotificationMessageData['NotificationRequested'],
    attributes: { [MESSAGE_ATTRIBUTE.channel]: channel },
  };
}
