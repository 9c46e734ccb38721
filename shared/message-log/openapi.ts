import { LOG_LIMIT } from '#shared/http/input/query-limits.ts';
import { echo, parameter, response } from '#shared/http/openapi/components.ts';
import { queryParameter, readFailures } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';
import { logQuerySchema } from './query.ts';

const { entries: logParameters } = logQuerySchema;

export const listNotificationsOperation = {
  operationId: 'listNotifications',
  tags: ['Messages'],
  summary: 'List messages, newest first',
  description:
    'All messages of the tenant, whether an order or a direct request caused them. A page reads a bounded part of the ' +
    'log. If a filter matches few messages, a page may be short or empty and still have a `nextCursor`. The last page ' +
    'has none. A cursor is valid with its filters only, and stays valid while new messages arrive: each older message ' +
    'is on exactly one page.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    queryParameter('channel', logParameters.channel, 'Only messages of this channel.'),
    queryParameter('status', logParameters.status, 'Only messages with this current status.'),
    queryParameter('recipient', logParameters.recipient, 'E-mail address or phone number in E.164 (`+` as `%2B`).'),
    queryParameter('orderId', logParameters.orderId, 'Only messages about this order.'),
    queryParameter(
      'from',
      logParameters.from,
      'Created at this time or later. RFC 3339, in the years 0001 to 9999 in UTC.',
    ),
    queryParameter('to', logParameters.to, 'Created before this time.'),
    {
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Maximum number of messages on a page.',
      schema: { type: 'integer', minimum: 1, maximum: LOG_LIMIT.most, default: LOG_LIMIT.default },
    },
    queryParameter('cursor', logParameters.cursor, '`nextCursor` of the previous page, with the same filters.'),
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'A page.', headers: echo, content: jsonOf('MessageLog') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

export const getNotificationOperation = {
  operationId: 'getNotification',
  tags: ['Messages'],
  summary: 'Read one message, with its content and its history',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'The message.', headers: echo, content: jsonOf('NotificationDetails') },
    404: response('NotFound'),
    ...readFailures,
  },
};
