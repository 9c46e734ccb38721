import type { AnnounceContext, Decider, Rejection } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';
import type { AttachedFile, DirectContent } from '#shared/notification/content.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';

/**
 * A direct message: its caller wrote the text. This row only records that the message was accepted. Recipients and text
 * are stored in the content of its notifications, where they can be erased.
 */
export type DirectMessage = {
  status: 'accepted';
  messageId: string;
  channel: Channel;
  /** Number of recipients. */
  recipients: number;
  /** ISO 8601. */
  acceptedAt: string;
  /** ISO 8601: it must not be sent before then. */
  sendAt?: string;
};

export const DIRECT_MESSAGE = shapeOf<DirectMessage>('message');

/** One e-mail to all recipients, or one text message to each. */
export type SendMessage = {
  type: 'SendMessage';
  to: readonly string[];
  message: DirectContent['message'];
  sendAt?: string;
};

export type MessageEvent = { type: 'MessageAccepted'; command: SendMessage; messageId: string; acceptedAt: string };

/** Limits of one message. */
export const MESSAGE_LIMIT = {
  /** SES accepts this many in one call. */
  emailRecipients: 50,
  /** Each recipient is a notification with two rows, and a transaction holds 100 rows. */
  smsRecipients: 49,
  /** Unicode characters. A header line of an e-mail has at most 998 bytes, and no one reads a longer subject. */
  subject: 255,
  /** Parts of an SMS. Carriers do not join more than this. */
  segments: 10,
  /** How far in the future `sendAt` may be. */
  sendAheadMs: 30 * 24 * 60 * 60 * 1000,
} as const;

/** The purpose of notifications that callers requested directly. Settings by purpose use it. */
export const DIRECT_PURPOSE = 'direct';

/** A direct message for the executor. It is accepted once; from then on only its notifications change. */
export const messageDecider: Decider<
  DirectMessage,
  SendMessage,
  MessageEvent,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: DIRECT_MESSAGE,
  decide: (command, message, { key, now }) => {
    if (message) return { kind: 'rejected', rejection: ALREADY_ACCEPTED };
    const acceptedAt = new Date(now).toISOString();
    return { kind: 'accepted', events: [{ type: 'MessageAccepted', command, messageId: key.id, acceptedAt }] };
  },
  evolve: (_message, { command, messageId, acceptedAt }) => ({
    status: 'accepted',
    messageId,
    channel: command.message.channel,
    recipients: command.to.length,
    acceptedAt,
    ...(command.sendAt !== undefined && { sendAt: command.sendAt }),
  }),
  announce: (events, _message, context) =>
    announcedTogether(events.flatMap(({ command }) => notificationsOf(command, context))),
  answer: ({ acceptedAt, sendAt }, { notifications }) => ({
    ...notifications[0],
    createdAt: acceptedAt,
    ...(sendAt !== undefined && { sendAt }),
    notifications,
  }),
  due: () => undefined,
};

/** A carrier accepts a text message for one number only. An e-mail goes to all recipients at once. */
function notificationsOf(
  { to, message, sendAt }: SendMessage,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications[] {
  const groups = message.channel === 'email' ? [to] : to.map((number) => [number]);
  const files: readonly AttachedFile[] = (message.channel === 'email' && message.attachments) || [];
  return groups.map((recipients, index) =>
    requestNotification({
      context,
      position: index + 1,
      channel: message.channel,
      purpose: DIRECT_PURPOSE,
      causePosition: 0,
      content: { recipients, template: 'direct', message },
      ...(files.length > 0 && { attachments: files.map(({ attachmentId }) => attachmentId) }),
      ...(sendAt !== undefined && { sendAt }),
    }),
  );
}

/** Only a key that was already used for another message can lead to this rejection. */
const ALREADY_ACCEPTED: Rejection = {
  code: 'MESSAGE_ALREADY_ACCEPTED',
  detail: 'A message of this id was accepted before.',
  next: 'Use a new Idempotency-Key.',
};
