import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { type DirectContent, isDirect, type NotificationContent } from '#shared/notification/content.ts';
import { NOTIFICATION_NOT_FOUND } from '#shared/notification/decider.ts';
import { durationsOf } from '#shared/notification/durations.ts';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { attemptView, reasonFields, statusFields } from '#shared/notification/view.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import type { LoggedNotification, MessageLogStore } from './ports.ts';
import type { NotificationDetailsView, TimelineEntryView } from './responses.ts';
import { recipientsOf } from './view.ts';

export type NotificationDetailsPorts = {
  messageLog: Pick<MessageLogStore, 'readLogged'>;
  store: Pick<OutboxStore, 'readOutbox'>;
};

/**
 * Everything about one notification, in two read calls. The answer for another tenant's notification is the same as for
 * one that does not exist.
 */
export async function getNotification(
  { tenant, pathParameters }: TenantRequest,
  { messageLog, store }: NotificationDetailsPorts,
): Promise<Reply> {
  const key = notificationKey(tenant, pathParameters?.notificationId ?? '');
  const logged = key && (await messageLog.readLogged(key));
  if (!logged) return problemResponse(problemOfRejection(NOTIFICATION_NOT_FOUND));
  const { requestedBy } = logged.stored.state;
  // The row names the command that requested the notification, so the command's record can only be read afterwards.
  const request = requestedBy === undefined ? undefined : await store.readOutbox(logged.key, requestedBy);
  return jsonResponse(JSON.stringify(detailsOf(logged, request?.publishedAt)));
}

function detailsOf(logged: LoggedNotification, publishedAt: string | undefined): NotificationDetailsView {
  const notification = logged.stored.state;
  const { channel, status, createdAt, sendAt, correlationId, customerId, attempts, doubled, resolutions } =
    notification;
  const { type, id, notificationId } = logged.key;
  const sent = sentContent(logged.content);
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
    ...(sent && { content: sent }),
    durations: durationsOf(notification, { publishedAt, events: logged.events }),
    timeline: timelineOf(logged, publishedAt),
  };
}

/** The content that the provider receives. It is undefined before it is rendered and after it was erased. */
function sentContent(content: NotificationContent | undefined): NotificationDetailsView['content'] {
  const sent: DirectContent['message'] | undefined = content && isDirect(content) ? content.message : content?.rendered;
  if (!sent) return undefined;
  if (sent.channel === 'sms') return { text: sent.body, segments: sent.segments };
  if (sent.channel === 'webhook') return { text: tracedMessage(sent.body).body };
  const { subject, text, html, attachments } = sent;
  return {
    subject,
    text,
    ...(html !== undefined && { html }),
    ...(attachments && { attachments: attachments.map((file) => ({ ...file })) }),
  };
}

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
