import { LOG_LIMIT, logQuerySchema, MOST_STATISTICS_DAYS } from '#shared/api/log-query.ts';
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
    'One e-mail goes to all recipients at once; a text message goes to each number, as a notification of its own. ' +
    'It is accepted whether or not the provider can be reached just now. With `sendAt`, it waits until then, and can be ' +
    'cancelled (see resolve) until a sender has taken it; a moment that has passed is now.',
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
      description: 'It is kept, and will be sent.',
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
    'Every message of the tenant, whoever asked for it. A page looks at a bounded part of the log: where a filter finds ' +
    'little, it is short or empty and has a `nextCursor` all the same; the last page has none. A cursor belongs to its ' +
    'filters and stays good while new messages arrive: each older one is on exactly one page.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    queryParameter('channel', logParameters.channel, 'Only messages of this channel.'),
    queryParameter('status', logParameters.status, 'Only messages that have this status now.'),
    queryParameter('recipient', logParameters.recipient, 'E-mail address or phone number in E.164 (`+` as `%2B`).'),
    queryParameter('orderId', logParameters.orderId, 'Only messages about this order.'),
    queryParameter('from', logParameters.from, 'Created then or later: RFC 3339, in the years 0001 to 9999 in UTC.'),
    queryParameter('to', logParameters.to, 'Created before then.'),
    {
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Messages on a page at most.',
      schema: { type: 'integer', minimum: 1, maximum: LOG_LIMIT.most, default: LOG_LIMIT.default },
    },
    queryParameter('cursor', logParameters.cursor, '`nextCursor` of the page before, with the same filters.'),
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
  summary: 'Read one message, what was sent, and all that happened to it',
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
  summary: 'Decide what becomes of a notification',
  description:
    '`resend` sends it (once more), `mark-sent` says that it is known to be sent, `cancel` that it must not be sent any ' +
    'more. For HELD, UNKNOWN and FAILED; `cancel` also for PENDING. Of two people who decide at once, one wins, and the ' +
    'other is told who did.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Resolve', { action: 'resend', reason: 'The customer says that nothing came' }),
  responses: {
    200: {
      description: 'What it is now.',
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
  summary: 'Count messages by status and hour, with how long they took',
  description:
    'Of the messages that were created in each full hour of the range, by what became of them since; an hour of which ' +
    'there are none is left out. Durations are in milliseconds, from when a message could be sent (`sendAt`, or when it ' +
    'was accepted); median and p95 are at most a fifth too long. Figures follow what happens within half a minute, those ' +
    'of a minute with thousands of messages within minutes.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    queryParameter('channel', statisticsParameters.channel, 'Only messages of this channel.'),
    queryParameter('from', statisticsParameters.from, 'Taken down to the full hour; a day before `to` if left out.'),
    queryParameter(
      'to',
      statisticsParameters.to,
      `Taken up to the full hour; now if left out. At most ${MOST_STATISTICS_DAYS} days after \`from\`.`,
    ),
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'The figures.', headers: echo, content: jsonOf('Statistics') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

/** Messages: sending, reading, deciding and counting them. */
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
