import { listParameters } from '#shared/http/list-query.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { queryParameter, requestRoute } from '#shared/http/route.ts';
import { notificationIdParameter } from '#shared/notification/requests.ts';
import { getNotification } from './details.ts';
import { listNotifications } from './queries.ts';
import { logQuerySchema } from './query.ts';
import {
  durationsSchema,
  loggedNotificationSchema,
  messageLogSchema,
  notificationDetailsSchema,
  recipientSchema,
  sentContentSchema,
  sentHeaderSchema,
  timelineEntrySchema,
} from './responses.ts';

const { channel, status, purpose, recipient, orderId, customerId, endpointId } = logQuerySchema.entries;

export const messageLogQueries = () => [
  // The handler reads the query by itself, because it reports a forged cursor together with the faults of the filters.
  requestRoute({
    method: 'GET',
    path: '/notifications',
    scope: 'messages:read',
    operationId: 'listNotifications',
    tag: 'Messages',
    summary: 'List messages, newest first',
    description:
      'All messages of the tenant, whether an order or a direct request caused them. A page reads a bounded part of the ' +
      'log. If a filter matches few messages, a page may be short or empty and still have a `nextCursor`. The last page ' +
      'has none. A cursor is valid with its filters only, and stays valid while new messages arrive: each older message ' +
      'is on exactly one page.',
    parameters: [
      queryParameter('channel', channel, 'Only messages of this channel.'),
      queryParameter('status', status, 'Only messages with this current status.'),
      queryParameter('purpose', purpose, 'Only messages with this purpose, like `order-confirmation` or `direct`.'),
      queryParameter('recipient', recipient, 'E-mail address or phone number in E.164 (`+` as `%2B`).'),
      queryParameter('orderId', orderId, 'Only messages about this order.'),
      queryParameter('customerId', customerId, 'Only messages to this customer, whether about an order or not.'),
      queryParameter('endpointId', endpointId, 'Only webhooks to this endpoint.'),
      ...listParameters('messages', 'Created'),
    ],
    answer: { status: 200, description: 'A page.', schema: messageLogSchema },
    failures: [400],
    handle: listNotifications,
  }),
  requestRoute({
    method: 'GET',
    path: '/notifications/{notificationId}',
    scope: 'messages:read',
    operationId: 'getNotification',
    tag: 'Messages',
    summary: 'Read one message, with its content and its history',
    parameters: [notificationIdParameter],
    answer: { status: 200, description: 'The message.', schema: notificationDetailsSchema },
    failures: [404],
    handle: getNotification,
  }),
];

/** Names in the OpenAPI document. */
export const messageLogSchemas: NamedSchemas = {
  Recipient: {
    schema: recipientSchema,
    description: 'The outcome for one recipient. The address is absent after an erasure.',
  },
  LoggedNotification: { schema: loggedNotificationSchema },
  MessageLog: { schema: messageLogSchema },
  SentHeader: { schema: sentHeaderSchema, description: 'A header of an e-mail, as a recipient reads it.' },
  SentContent: { schema: sentContentSchema, description: 'The content that the provider receives.' },
  TimelineEntry: { schema: timelineEntrySchema },
  Durations: { schema: durationsSchema, description: 'Durations of the known steps, in milliseconds.' },
  NotificationDetails: { schema: notificationDetailsSchema },
};
