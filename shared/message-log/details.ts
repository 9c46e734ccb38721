import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import {
  AUTOMATIC_HEADER,
  type DirectContent,
  isDirect,
  type NotificationContent,
} from '#shared/notification/content.ts';
import { NOTIFICATION_NOT_FOUND } from '#shared/notification/decider.ts';
import { durationsOf } from '#shared/notification/durations.ts';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import type { EmailSender } from '#shared/notification/settings/settings.ts';
import type { SettingsReader } from '#shared/notification/settings/settings-reader.ts';
import { attemptView, reasonFields, statusFields } from '#shared/notification/view.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import type { LoggedNotification, MessageLogStore } from './ports.ts';
import type { NotificationDetailsView, SentHeader, TimelineEntryView } from './responses.ts';
import { recipientsOf } from './view.ts';

export type NotificationDetailsPorts = {
  messageLog: Pick<MessageLogStore, 'readLogged'>;
  store: Pick<OutboxStore, 'readOutbox'>;
  tenantSettings: Pick<SettingsReader, 'version'>;
  /** The address that the stage sends e-mail from. */
  senderAddress: string;
};

/**
 * Everything about one notification, in two read calls, or three for a caller's e-mail with a sender. The answer for another tenant's notification is the same as for
 * one that does not exist.
 */
export async function getNotification(
  { tenant, pathParameters }: TenantRequest,
  ports: NotificationDetailsPorts,
): Promise<Reply> {
  const key = notificationKey(tenant, pathParameters?.notificationId ?? '');
  const logged = key && (await ports.messageLog.readLogged(key));
  if (!logged) return problemResponse(problemOfRejection(NOTIFICATION_NOT_FOUND));
  const { requestedBy } = logged.stored.state;
  // The row names the command that requested the notification, so the command's record can only be read afterwards.
  const [request, content] = await Promise.all([
    requestedBy === undefined ? undefined : ports.store.readOutbox(logged.key, requestedBy),
    sentContent(tenant, logged.content, ports),
  ]);
  return jsonResponse(JSON.stringify(detailsOf(logged, request?.publishedAt, content)));
}

function detailsOf(
  logged: LoggedNotification,
  publishedAt: string | undefined,
  content: NotificationDetailsView['content'],
): NotificationDetailsView {
  const notification = logged.stored.state;
  const { channel, status, createdAt, sendAt, correlationId, customerId, attempts, doubled, resolutions } =
    notification;
  const { type, id, notificationId } = logged.key;
  return {
    notificationId,
    channel,
    ...reasonFields(logged.key, notification),
    status,
    createdAt,
    ...(sendAt !== undefined && { sendAt }),
    ...(publishedAt !== undefined && { publishedAt }),
    ...statusFields(notification),
    ...(doubled && { doubled }),
    ...(type === 'order' && { orderId: id }),
    ...(customerId !== undefined && { customerId }),
    correlationId,
    recipients: recipientsOf(logged),
    attempts: attempts.map(attemptView),
    ...(resolutions && { resolutions: [...resolutions] }),
    ...(content && { content }),
    durations: durationsOf(notification, { publishedAt, events: logged.events }),
    timeline: timelineOf(logged, publishedAt),
  };
}

/** The content that the provider receives. It is undefined before it is rendered and after it was erased. */
async function sentContent(
  tenant: string,
  content: NotificationContent | undefined,
  ports: NotificationDetailsPorts,
): Promise<NotificationDetailsView['content']> {
  const sent: DirectContent['message'] | undefined = content && isDirect(content) ? content.message : content?.rendered;
  if (!content || !sent) return undefined;
  if (sent.channel === 'sms') return { text: sent.body, segments: sent.segments };
  if (sent.channel === 'webhook') return { text: tracedMessage(sent.body).body };
  const { subject, text, html, attachments } = sent;
  return {
    headers: headersOf(await senderOf(tenant, content, ports), ports.senderAddress, !isDirect(content)),
    subject,
    text,
    ...(html !== undefined && { html }),
    ...(attachments && { attachments: attachments.map((file) => ({ ...file })) }),
  };
}

/** A rendered e-mail has its sender. A caller's e-mail has that of the version of settings that it names. */
async function senderOf(
  tenant: string,
  content: NotificationContent,
  { tenantSettings }: NotificationDetailsPorts,
): Promise<EmailSender | undefined> {
  if (!isDirect(content)) return content.rendered?.channel === 'email' ? content.rendered.sender : undefined;
  return content.settings === undefined ? undefined : (await tenantSettings.version(tenant, content.settings)).sender;
}

/** The headers that the sender sets beside the recipients and the subject. */
function headersOf({ name, replyTo }: EmailSender = {}, address: string, isAutomatic: boolean): SentHeader[] {
  return [
    { name: 'From', value: name === undefined ? address : `${phraseOf(name)} <${address}>` },
    ...(replyTo === undefined ? [] : [{ name: 'Reply-To', value: replyTo }]),
    ...(isAutomatic ? [AUTOMATIC_HEADER] : []),
  ];
}

/** The characters that stand in a header only between quotation marks (RFC 5322, 3.2.3). */
const SPECIALS = /[()<>[\]:;@\\,."]/;

/** A name as a header has it. Without quotation marks, a name like `a <b@c>` would be another address. */
const phraseOf = (name: string): string => (SPECIALS.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name);

/** The events, ordered by time. Events with the same timestamp are in the order of a notification's life cycle. */
function timelineOf({ stored, events }: LoggedNotification, publishedAt: string | undefined): TimelineEntryView[] {
  const notification = stored.state;
  const { createdAt, attempts, resolutions = [] } = notification;
  const entries: TimelineEntryView[] = [
    { at: createdAt, kind: 'accepted' },
    ...(publishedAt === undefined ? [] : [{ at: publishedAt, kind: 'published' as const }]),
    ...attempts.flatMap(attemptEntries),
    ...resolutions.map((resolution) => ({ kind: 'resolved' as const, ...resolution })),
    ...endOf(notification),
    ...events.map(({ at, kind, position, code }) => ({
      at,
      kind: 'feedback' as const,
      outcome: kind,
      ...(position !== undefined && { recipient: position }),
      ...(code !== undefined && { code }),
    })),
  ];
  return entries.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

const SETTLED = { accepted: 'sent', rejected: 'rejected', unknown: 'unknown', deferred: 'deferred' } as const;

function attemptEntries({ claimedAt, outcome, settledAt, reason }: Attempt, index: number): TimelineEntryView[] {
  const attempt = index + 1;
  const claimed: TimelineEntryView = { at: claimedAt, kind: 'claimed', attempt };
  if (!outcome || settledAt === undefined) return [claimed];
  return [claimed, { at: settledAt, kind: SETTLED[outcome], attempt, ...(reason !== undefined && { code: reason }) }];
}

/** The final entries that do not come from an attempt. */
function endOf(notification: Notification): TimelineEntryView[] {
  switch (notification.status) {
    case 'SUPPRESSED':
      return [{ at: notification.suppressedAt, kind: 'suppressed' }];
    case 'CANCELLED':
      return [{ at: notification.cancelledAt, kind: 'cancelled' }];
    case 'HELD':
      return [{ at: notification.heldAt, kind: 'held', code: notification.reason }];
    default:
      return [];
  }
}
