import type { AttachedFile, DirectContent } from '#shared/domain/notification/content.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/domain/notification/request.ts';
import type { AnnounceContext, Decider, Rejection } from '#shared/messaging/decider.ts';
import type { Channel } from '#shared/names.ts';
import { SHAPES } from '../shapes.ts';

/**
 * What a caller asked to be sent in his own words. The row remembers that it was accepted and no more: whom it
 * is for and what it says lies in the content of its notifications, where it can be erased.
 */
export type DirectMessage = {
  status: 'accepted';
  messageId: string;
  channel: Channel;
  /** How many people it is for. */
  recipients: number;
  /** ISO 8601. */
  acceptedAt: string;
  /** ISO 8601: it was asked for to be sent not before then. */
  sendAt?: string;
};

/** One e-mail to everybody, or a text message to each. */
export type SendMessage = {
  type: 'SendMessage';
  to: readonly string[];
  message: DirectContent['message'];
  sendAt?: string;
};

export type MessageEvent = { type: 'MessageAccepted'; command: SendMessage; messageId: string; acceptedAt: string };

/** What one message can be. */
export const MESSAGE_LIMIT = {
  /** SES takes so many in one call. */
  emailRecipients: 50,
  /** Each is a notification of its own, which is two rows of a transaction that holds 100. */
  smsRecipients: 49,
  /** Characters of Unicode; a header line of an e-mail has at most 998 bytes, and nobody reads so far. */
  subject: 255,
  /** Of an SMS; a carrier joins no more. */
  segments: 10,
  /** How far ahead it may be asked for. */
  sendAheadMs: 30 * 24 * 60 * 60 * 1000,
} as const;

/** Why notifications that were asked for directly are sent: settings by purpose name it. */
export const DIRECT_PURPOSE = 'direct';

/** A message asked for directly, as the executor takes it. It is accepted once, and then its notifications live. */
export const messageDecider: Decider<
  DirectMessage,
  SendMessage,
  MessageEvent,
  NotificationTerms,
  AnnouncedNotifications
> = {
  schemaVersion: SHAPES.message.written,
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

/** A carrier takes a text message for one number; one e-mail goes to everybody at once. */
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
      content: { recipients, template: 'direct', message },
      ...(files.length > 0 && { attachments: files.map(({ attachmentId }) => attachmentId) }),
      ...(sendAt !== undefined && { sendAt }),
    }),
  );
}

/** Only a key that was used for another message before can lead here. */
const ALREADY_ACCEPTED: Rejection = {
  code: 'MESSAGE_ALREADY_ACCEPTED',
  detail: 'A message of this id was accepted before.',
  next: 'Use a new Idempotency-Key.',
};
