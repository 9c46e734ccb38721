import * as z from 'zod/mini';
import { SCOPE } from '#shared/names.ts';
import { declareAttachmentSchema } from './attachment-requests.ts';
import { LOG_LIMIT, logQuerySchema } from './log-query.ts';
import {
  durationsSchema,
  loggedNotificationSchema,
  messageLogSchema,
  notificationDetailsSchema,
  recipientSchema,
  sentContentSchema,
  timelineEntrySchema,
} from './log-responses.ts';
import { CUSTOMER_ID, resolveSchema, sendNotificationSchemas, suppressSchema } from './notification-requests.ts';
import { ORDER_ID } from './order-id.ts';
import { contactSchema, ORDER_BODY_BYTES, orderLineSchema, placeOrderSchema } from './requests.ts';
import {
  attachmentAnswerSchema,
  attemptSchema,
  deadLetterSchema,
  deadLettersSchema,
  erasureAnswerSchema,
  erasureSchema,
  faultSchema,
  gatewayMessageSchema,
  liftedSuppressionSchema,
  notificationAnswerSchema,
  notificationSchema,
  orderAnswerSchema,
  orderViewSchema,
  problemSchema,
  resolutionAnswerSchema,
  suppressionAnswerSchema,
  suppressionListSchema,
} from './responses.ts';
import { MOST_STATISTICS_DAYS, statisticsQuerySchema } from './statistics-query.ts';
import { figuresSchema, hourSchema, spreadSchema, statisticsSchema } from './statistics-responses.ts';

type Json = Record<string, unknown>;

let text: string | undefined;

/** The OpenAPI 3.1 document as JSON text, generated once from the schemas that validate. */
export function openApiText(): string {
  text ??= JSON.stringify(openApiDocument());
  return text;
}

/** The description of the HTTP API. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Counterfoil',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'Orders' }, { name: 'Messages' }, { name: 'Operations' }, { name: 'Description' }],
    paths: {
      '/orders': { post: placeOrderOperation },
      '/orders/{orderId}/items': { parameters: [parameter('OrderId')], post: addItemOperation },
      '/orders/{orderId}': { parameters: [parameter('OrderId')], get: getOrderOperation },
      '/attachments': { post: declareAttachmentOperation },
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
      '/suppressions': { get: listSuppressionsOperation, post: suppressOperation, delete: liftSuppressionOperation },
      '/customers/{customerId}/personal-data': {
        parameters: [parameter('CustomerId')],
        delete: eraseCustomerOperation,
      },
      '/personal-data': { delete: eraseAddressOperation },
      '/erasures/{erasureId}': { parameters: [parameter('ErasureId')], get: getErasureOperation },
      '/dead-letters': { get: listDeadLettersOperation },
      '/openapi.json': { get: getOpenApiOperation },
    },
    components: {
      schemas: componentSchemas(),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: RESPONSES,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token of the stage. Its tenant claim says whose data it opens; its scopes may carry a prefix of the stage.',
        },
      },
    },
  };
}

const DESCRIPTION = `Exactly-once processing of orders and of the messages they send.

Every POST takes an Idempotency-Key. The same key and body again answer with the first status and body and
\`Idempotency-Replayed: true\`; the same key with another body answers 422. After a timeout or a 503, repeat the
request with the same key: it takes effect once.

Amounts are whole numbers in the currency's minor unit (cents). Unknown fields are refused; of a field that is
given twice, the last one counts. Bodies have at most ${ORDER_BODY_BYTES} bytes.`;

const reference = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });
const parameter = (name: keyof typeof PARAMETERS): Json => reference('parameters', name);
const header = (name: keyof typeof HEADERS): Json => reference('headers', name);
const response = (name: keyof typeof RESPONSES): Json => reference('responses', name);
const jsonOf = (schema: string): Json => ({ 'application/json': { schema: reference('schemas', schema) } });
const problemJson = { 'application/problem+json': { schema: reference('schemas', 'Problem') } };

const HEADERS = {
  CorrelationId: {
    description: 'The id under which this request and all it set off is recorded.',
    schema: { type: 'string' },
  },
  IdempotencyReplayed: {
    description: '`true` where the key was used before with the same body: this is what was answered then.',
    schema: { type: 'string', enum: ['true'] },
  },
  Location: { description: 'Path of the order.', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait before the next attempt.', schema: { type: 'integer', minimum: 0 } },
} satisfies Record<string, Json>;

const PARAMETERS = {
  OrderId: { name: 'orderId', in: 'path', required: true, schema: { type: 'string', pattern: ORDER_ID.source } },
  NotificationId: {
    name: 'notificationId',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[a-z]+_[A-Za-z0-9-]+_[0-9]+-[0-9]+$' },
  },
  CustomerId: {
    name: 'customerId',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: CUSTOMER_ID.source },
  },
  ErasureId: { name: 'erasureId', in: 'path', required: true, schema: { type: 'string', pattern: ORDER_ID.source } },
  Channel: { name: 'channel', in: 'query', required: true, schema: { type: 'string', enum: ['email', 'sms'] } },
  Address: {
    name: 'address',
    in: 'query',
    required: true,
    description: 'E-mail address, or phone number in E.164.',
    schema: { type: 'string' },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description:
      'New for each command, the same for each repetition: 1 to 128 printable ASCII characters, with or without double quotes around them. ' +
      'It determines the id of a placed order: the first 26 characters of the lower-case base32 (RFC 4648) of ' +
      'SHA-256("counterfoil-order" LF tenant LF key).',
    schema: { type: 'string', pattern: '^[\\x20-\\x7E]{1,128}$' },
  },
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    required: false,
    description: 'Your own id for this request; made where it is missing or malformed.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._~:/+=-]{1,128}$' },
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C trace context.',
    schema: { type: 'string' },
  },
} satisfies Record<string, Json>;

const echo = { 'X-Correlation-Id': header('CorrelationId') };
const replayed = { 'Idempotency-Replayed': header('IdempotencyReplayed') };

const problem = (description: string, headers: Json = {}): Json => ({
  description,
  headers: { ...echo, ...headers },
  content: problemJson,
});
const gateway = (description: string): Json => ({ description, content: jsonOf('GatewayMessage') });

const RESPONSES = {
  BadRequest: problem('The request is malformed; `errors` lists every fault of the body. Nothing was stored.'),
  Unauthorized: gateway('There is no valid token; answered by API Gateway.'),
  Forbidden: {
    description: 'The token lacks the scope (answered by API Gateway), or names no tenant.',
    content: { ...jsonOf('GatewayMessage'), ...problemJson },
  },
  NotFound: problem("There is no such thing, or it is another tenant's."),
  Refused: problem('What it is about does not allow it. Stored: the key keeps this answer.', replayed),
  TooLarge: { description: 'The body is too large.', content: { ...problemJson, ...jsonOf('GatewayMessage') } },
  UnsupportedMediaType: problem('The body is not said to be JSON.'),
  Unprocessable: problem('The key was used with a different body, or the command is larger than one transaction.'),
  TooManyRequests: gateway('Too many requests at once; answered by API Gateway.'),
  Unexpected: problem('Something unforeseen happened.'),
  Unavailable: problem('Not completed in time. Repeating it with the same key is safe.', {
    'Retry-After': header('RetryAfter'),
  }),
} satisfies Record<string, Json>;

const readFailures = {
  401: response('Unauthorized'),
  403: response('Forbidden'),
  429: response('TooManyRequests'),
  500: response('Unexpected'),
  503: response('Unavailable'),
};

const commandFailures = {
  ...readFailures,
  400: response('BadRequest'),
  409: response('Refused'),
  413: response('TooLarge'),
  415: response('UnsupportedMediaType'),
  422: response('Unprocessable'),
};

const commandParameters = [parameter('IdempotencyKey'), parameter('CorrelationId'), parameter('Traceparent')];

const requestBody = (schema: string, example: Json): Json => ({
  required: true,
  content: { 'application/json': { schema: reference('schemas', schema), example } },
});

const EXAMPLE_LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };

const placeOrderOperation = {
  operationId: 'placeOrder',
  tags: ['Orders'],
  summary: 'Place an order',
  description: 'The contact is told once on each channel that is given: by e-mail, by text message.',
  security: [{ token: [SCOPE.ordersWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('PlaceOrder', {
    contact: { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'en' },
    currency: 'EUR',
    lines: [EXAMPLE_LINE],
  }),
  responses: {
    201: {
      description: 'The order is placed, and its messages will be sent.',
      headers: { ...echo, ...replayed, Location: header('Location') },
      content: jsonOf('OrderAnswer'),
    },
    ...commandFailures,
  },
};

const addItemOperation = {
  operationId: 'addItem',
  tags: ['Orders'],
  summary: 'Add a line to an order',
  security: [{ token: [SCOPE.ordersWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('AddItem', EXAMPLE_LINE),
  responses: {
    200: { description: 'The line is added.', headers: { ...echo, ...replayed }, content: jsonOf('OrderAnswer') },
    404: response('NotFound'),
    ...commandFailures,
  },
};

const getOrderOperation = {
  operationId: 'getOrder',
  tags: ['Orders'],
  summary: 'Read an order and its notifications',
  security: [{ token: [SCOPE.ordersRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'The order.', headers: echo, content: jsonOf('Order') },
    404: response('NotFound'),
    ...readFailures,
  },
};

const declareAttachmentOperation = {
  operationId: 'declareAttachment',
  tags: ['Messages'],
  summary: 'Declare a file that messages will have attached, and get the request that uploads it',
  description:
    'Send the bytes with the method, URL and headers of `upload`, and with no others. The storage takes exactly the ' +
    'declared length, type and checksum, and refuses everything else. The same request with the same key renews the ' +
    'upload. A file that no message has named in time is deleted, and so is every file once the last message that ' +
    'named it is sent, cancelled or suppressed.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('DeclareAttachment', {
    name: 'invoice-2026-01.pdf',
    contentType: 'application/pdf',
    size: 48_212,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  }),
  responses: {
    201: {
      description: 'The file is expected.',
      headers: { ...echo, ...replayed },
      content: jsonOf('AttachmentAnswer'),
    },
    ...commandFailures,
  },
};

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

/** A parameter of a query as its schema says it. */
const queryParameter = (name: string, schema: z.core.$ZodType, description: string): Json => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input', override: plainly });
  return { name, in: 'query', required: false, description, schema: json };
};

const { shape: logParameters } = logQuerySchema;

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
    queryParameter('from', logParameters.from, 'Created then or later: ISO 8601 with its offset.'),
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

const { shape: statisticsParameters } = statisticsQuerySchema;

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

const suppressOperation = {
  operationId: 'suppress',
  tags: ['Messages'],
  summary: 'Write to somebody no more',
  description: 'Messages to others go on; with this recipient among several, the rest still get theirs.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Suppress', { channel: 'email', address: 'ada@example.com' }),
  responses: {
    201: { description: 'It is in force.', headers: { ...echo, ...replayed }, content: jsonOf('SuppressionAnswer') },
    ...commandFailures,
  },
};

const liftSuppressionOperation = {
  operationId: 'liftSuppression',
  tags: ['Messages'],
  summary: 'Write to somebody again',
  description: 'What bounced before now, and is only told later, suppresses nobody again.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
  responses: {
    200: { description: 'What was in force.', headers: echo, content: jsonOf('LiftedSuppression') },
    400: response('BadRequest'),
    404: response('NotFound'),
    ...readFailures,
  },
};

const listSuppressionsOperation = {
  operationId: 'listSuppressions',
  tags: ['Messages'],
  summary: 'See whom nothing is sent to',
  description:
    'Everybody, page by page, or one recipient with `channel` and `address`. No addresses are kept, so none are told: ' +
    '`origin` says which notification led to it.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    { name: 'channel', in: 'query', schema: { type: 'string', enum: ['email', 'sms'] } },
    { name: 'address', in: 'query', schema: { type: 'string' } },
    { name: 'cursor', in: 'query', schema: { type: 'string' } },
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'What is in force.', headers: echo, content: jsonOf('SuppressionList') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

const erasing = {
  tags: ['Messages'],
  security: [{ token: [SCOPE.messagesWrite] }],
  responses: {
    202: {
      description: 'It has begun, or goes on.',
      headers: { ...echo, Location: header('Location') },
      content: jsonOf('ErasureAnswer'),
    },
    400: response('BadRequest'),
    404: response('NotFound'),
    ...readFailures,
  },
};

const eraseCustomerOperation = {
  ...erasing,
  operationId: 'eraseCustomer',
  summary: 'Erase the personal data of a customer',
  description:
    'Contents and contacts of everything that was said until now are erased, and what is unsent is cancelled. Ids, ' +
    'figures, outcomes and suppressions stay.',
  parameters: [parameter('CorrelationId')],
};

const eraseAddressOperation = {
  ...erasing,
  operationId: 'eraseAddress',
  summary: 'Erase the personal data of whoever an address or number belongs to',
  description:
    'As for a customer. Of a message to several recipients, only this one is erased; of an order that was told to it, ' +
    'the whole contact.',
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
};

const getErasureOperation = {
  operationId: 'getErasure',
  tags: ['Messages'],
  summary: 'See how far an erasure has come',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'How far it is.', headers: echo, content: jsonOf('Erasure') },
    404: response('NotFound'),
    ...readFailures,
  },
};

const listDeadLettersOperation = {
  operationId: 'listDeadLetters',
  tags: ['Operations'],
  summary: 'Read what could not be handled, with its reason',
  description: 'The 100 oldest that are open, of all tenants: for operators.',
  security: [{ token: [SCOPE.operations] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'Oldest first.', headers: echo, content: jsonOf('DeadLetters') },
    ...readFailures,
  },
};

const getOpenApiOperation = {
  operationId: 'getOpenApi',
  tags: ['Description'],
  summary: 'Read this description',
  security: [],
  responses: {
    200: {
      description: 'OpenAPI 3.1.',
      headers: echo,
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    429: response('TooManyRequests'),
    500: response('Unexpected'),
  },
};

/** Every named schema; one that holds another refers to it. */
function componentSchemas(): Json {
  const registry = z.registry<{ id: string; description?: string }>();
  registry.add(contactSchema, { id: 'Contact', description: 'Whom to tell: at least one of email and phone.' });
  registry.add(orderLineSchema, { id: 'OrderLine' });
  registry.add(placeOrderSchema, { id: 'PlaceOrder' });
  registry.add(orderAnswerSchema, { id: 'OrderAnswer' });
  registry.add(orderViewSchema, { id: 'Order' });
  const { either } = sendNotificationSchemas(() => 0);
  registry.add(either, { id: 'SendNotification' });
  registry.add(resolveSchema, { id: 'Resolve' });
  registry.add(suppressSchema, { id: 'Suppress' });
  registry.add(notificationAnswerSchema, { id: 'NotificationAnswer' });
  registry.add(resolutionAnswerSchema, { id: 'ResolutionAnswer' });
  registry.add(suppressionAnswerSchema, { id: 'SuppressionAnswer' });
  registry.add(suppressionListSchema, { id: 'SuppressionList' });
  registry.add(erasureAnswerSchema, { id: 'ErasureAnswer' });
  registry.add(erasureSchema, { id: 'Erasure' });
  registry.add(liftedSuppressionSchema, { id: 'LiftedSuppression' });
  registry.add(notificationSchema, { id: 'Notification' });
  registry.add(attemptSchema, { id: 'Attempt', description: 'One call to the provider.' });
  registry.add(recipientSchema, {
    id: 'Recipient',
    description: 'What became of the message at one recipient; without an address once that was erased.',
  });
  registry.add(loggedNotificationSchema, { id: 'LoggedNotification' });
  registry.add(messageLogSchema, { id: 'MessageLog' });
  registry.add(sentContentSchema, { id: 'SentContent', description: 'What the provider is given.' });
  registry.add(timelineEntrySchema, { id: 'TimelineEntry' });
  registry.add(durationsSchema, { id: 'Durations', description: 'Of the steps that are known, in milliseconds.' });
  registry.add(notificationDetailsSchema, { id: 'NotificationDetails' });
  registry.add(declareAttachmentSchema, { id: 'DeclareAttachment' });
  registry.add(attachmentAnswerSchema, { id: 'AttachmentAnswer' });
  registry.add(spreadSchema, { id: 'Spread', description: 'How long something took, in milliseconds.' });
  registry.add(figuresSchema, { id: 'Figures' });
  registry.add(hourSchema, { id: 'HourFigures' });
  registry.add(statisticsSchema, { id: 'Statistics' });
  registry.add(deadLetterSchema, { id: 'DeadLetter' });
  registry.add(deadLettersSchema, { id: 'DeadLetters' });
  registry.add(problemSchema, { id: 'Problem', description: 'RFC 9457.' });
  registry.add(faultSchema, { id: 'Fault', description: '`path` is a JSON pointer into the body.' });
  registry.add(gatewayMessageSchema, { id: 'GatewayMessage' });
  const { schemas } = z.toJSONSchema(registry, {
    // As they are sent: a client must not be told that answers never get a new field.
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: plainly,
  });
  const bare = Object.entries(schemas).map(([name, { $schema: _dialect, $id: _uri, id: _id, ...schema }]) => [
    name,
    schema,
  ]);
  return { ...Object.fromEntries(bare), AddItem: reference('schemas', 'OrderLine') };
}

function plainly({ zodSchema, jsonSchema }: { zodSchema: object; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  Object.assign(jsonSchema, beyondSchema(zodSchema, jsonSchema.format));
}

/** What a schema checks but the generator cannot write down, and one pattern that says no more than its format. */
function beyondSchema(schema: object, format: string | undefined): Json {
  if (schema === contactSchema) return { anyOf: [{ required: ['email'] }, { required: ['phone'] }] };
  if (format === 'date-time') return { pattern: undefined };
  if (format === 'currency') return { pattern: '^[A-Z]{3}$', description: 'ISO 4217.' };
  if (format === 'locale') return { description: 'BCP 47: how figures are written in messages.' };
  return {};
}
