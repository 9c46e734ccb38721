import { logQuerySchema } from '#shared/api/log-query.ts';
import { LOG_LIMIT, MOST_STATISTICS_DAYS } from '#shared/api/query-limits.ts';
import { statisticsQuerySchema } from '#shared/api/statistics-query.ts';
import { SCOPE } from '#shared/names.ts';
import { echo, header, parameter, replayed, response } from './components.ts';
import { commandFailures, commandParameters, queryParameter, readFailures, requestBody } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const sendNotificationOperation = {
  operationId: 'sendNotification',
  tags: ['Messages'],
  summary: 'Send an e-mail or text messages',
  description:
    'One e-mail goes to all recipients together. Each number gets its own text message, as a separate notification. ' +
    'The request is accepted even if the provider is unavailable. With `sendAt`, the message waits until then, and can ' +
    'be cancelled (see resolve) until a sender has claimed it. A `sendAt` in the past means now.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('SendNotification', {
    channel: 'email',
    to: ['ada@example.com'],
    subject: 'Your parcel is on its way',
    text: 'It should be with you tomorrow.',
  }),
  responses: {
    202: {
      description: 'The message is stored, and will be sent.',
      headers: { ...echo, ...replayed, Location: header('Location') },
      content: jsonOf('NotificationAnswer'),
    },
    ...commandFailures,
  },
};

const { entries: logParameters } = logQuerySchema;

const listNotificationsOperation = {
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

const getNotificationOperation = {
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

const resolveNotificationOperation = {
  operationId: 'resolveNotification',
  tags: ['Messages'],
  summary: 'Decide about a notification',
  description:
    '`resend` sends it (again), `mark-sent` records that it was sent, and `cancel` stops it. For HELD, UNKNOWN and ' +
    'FAILED; `cancel` also for PENDING. If two users decide at the same time, one decision counts, and the other user ' +
    'gets an answer that names who decided.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Resolve', { action: 'resend', reason: 'The customer did not receive it' }),
  responses: {
    200: {
      description: 'The new status.',
      headers: { ...echo, ...replayed },
      content: jsonOf('ResolutionAnswer'),
    },
    404: response('NotFound'),
    ...commandFailures,
  },
};

const { entries: statisticsParameters } = statisticsQuerySchema;

const getStatisticsOperation = {
  operationId: 'getStatistics',
  tags: ['Messages'],
  summary: 'Count messages by status and hour, with durations',
  description:
    'Counts the messages that were created in each full hour of the range, by their current status. Hours without ' +
    'messages are omitted. Durations are in milliseconds, from the time when a message could be sent (`sendAt`, or when ' +
    'it was accepted). Median and p95 are at most a fifth too high. Figures are updated within half a minute, or within ' +
    'minutes for a minute with thousands of messages.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    queryParameter('channel', statisticsParameters.channel, 'Only messages of this channel.'),
    queryParameter('from', statisticsParameters.from, 'Rounded down to the full hour. Default: a day before `to`.'),
    queryParameter(
      'to',
      statisticsParameters.to,
      `Rounded up to the full hour. Default: now. At most ${MOST_STATISTICS_DAYS} days after \`from\`.`,
    ),
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'The figures.', headers: echo, content: jsonOf('Statistics') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

/** Operations on messages. */
export const notificationPaths = {
  '/notifications': { post: sendNotificationOperation, get: listNotificationsOperation },
  '/notifications/statistics': { get: getStatisticsOperation },
  '/notifications/{notificationId}': {
    parameters: [parameter('NotificationId')],
    get: getNotificationOperation,
  },
  '/notifications/{notificationId}/resolve': {
    parameters: [parameter('NotificationId')],
    post: resolveNotificationOperation,
  },
};
