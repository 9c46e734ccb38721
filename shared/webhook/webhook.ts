import { createHash } from 'node:crypto';
import type { AnnounceContext, Decider } from '#shared/messaging/decider.ts';
import { type Envelope, handledIdOf } from '#shared/messaging/envelope.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { parseNotificationId } from '#shared/notification/notification-id.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';

/** A published message that was passed on to endpoints. It is stored in the partition of the message's subject. */
export type Webhook = {
  /** The type of the message. */
  eventType: string;
  /** Ids of the endpoints. */
  endpoints: readonly string[];
};

export const WEBHOOK = shapeOf<Webhook>('webhook');

/** `body`: the message, as it was published. */
export type RequestWebhooks = {
  type: 'RequestWebhooks';
  data: { eventType: string; purpose: string; endpoints: readonly string[]; body: string };
};

export type WebhooksRequested = { type: 'WebhooksRequested'; data: RequestWebhooks['data'] };

/** One notification for each endpoint that subscribes to the message, in one transaction. */
export const webhookDecider: Decider<
  Webhook,
  RequestWebhooks,
  WebhooksRequested,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: WEBHOOK,
  decide: ({ data }, webhook) => ({
    kind: 'accepted',
    events: webhook || data.endpoints.length === 0 ? [] : [{ type: 'WebhooksRequested', data }],
  }),
  evolve: (_webhook, { data: { eventType, endpoints } }) => ({ eventType, endpoints }),
  announce: (events, _webhook, context) => announcedTogether(events.flatMap((event) => requestsOf(event, context))),
  answer: () => ({}),
  due: () => undefined,
};

function requestsOf(
  { data: { purpose, endpoints, body } }: WebhooksRequested,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications[] {
  const { key } = context;
  // The number takes the place of a version, so that the ids differ from those of the subject's own notifications.
  const ofMessage = { ...context, version: numberOf(key.part?.id ?? '') };
  return endpoints.map((endpointId, index) =>
    requestNotification({
      context: ofMessage,
      position: index + 1,
      channel: 'webhook',
      purpose,
      // The message that is passed on.
      causePosition: 0,
      content: { recipients: [endpointId], template: 'direct', message: { channel: 'webhook', body } },
    }),
  );
}

/** 48 bits of a hash: larger than any version, and different for every message of a subject. */
const numberOf = (messageId: string): number => createHash('sha256').update(messageId).digest().readUIntBE(0, 6);

const NAME = /^[a-z]+$/;
const ID = /^[A-Za-z0-9_-]+$/;

/**
 * The key under which a message is passed on once: in the partition of the order or customer that it is about, so that
 * one query shows both. A message about a notification belongs to the notification's subject.
 */
export function webhookKey({ tenantid: tenant, subject, ...envelope }: Envelope): StateKey {
  const id = handledIdOf(envelope);
  return { ...subjectOf(tenant, subject, id), part: { type: WEBHOOK.name, id } };
}

function subjectOf(tenant: string, subject: string, messageId: string): Subject {
  const slash = subject.indexOf('/');
  const named = { type: subject.slice(0, slash), id: subject.slice(slash + 1) };
  const { type, id } = named.type === 'notification' ? (parseNotificationId(named.id) ?? named) : named;
  // Ids of notifications have only these characters. A message about anything else gets a partition of its own.
  return NAME.test(type) && ID.test(id) ? { tenant, type, id } : { tenant, type: WEBHOOK.name, id: messageId };
}
