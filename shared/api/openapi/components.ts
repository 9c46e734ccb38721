import { CUSTOMER_ID } from '#shared/api/notification-requests.ts';
import { ORDER_ID } from '#shared/api/order-id.ts';
import { type Json, jsonOf, reference } from './reference.ts';

/** Headers of answers, by the name that operations refer to. */
export const HEADERS = {
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

/** What stands in paths, queries and headers of several requests. */
export const PARAMETERS = {
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
      'New for each command, the same for each repetition: 1 to 128 printable ASCII characters but the comma, with or without double quotes around them. ' +
      'Sent once: API Gateway joins a header that is sent twice with a comma, and that is refused. ' +
      'It determines the id of a placed order: the first 26 characters of the lower-case base32 (RFC 4648) of ' +
      'SHA-256("counterfoil-order" LF tenant LF key).',
    schema: { type: 'string', pattern: '^[\\x20-\\x2B\\x2D-\\x7E]{1,128}$' },
  },
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    required: false,
    description: 'Your own id for this request; made where it is missing, malformed or sent twice.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._~:/+=-]{1,128}$' },
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C trace context; one that is malformed or sent twice is not passed on.',
    schema: { type: 'string' },
  },
} satisfies Record<string, Json>;

/** Refers to one of them by its name. */
export const parameter = (name: keyof typeof PARAMETERS): Json => reference('parameters', name);
export const header = (name: keyof typeof HEADERS): Json => reference('headers', name);
export const response = (name: keyof typeof RESPONSES): Json => reference('responses', name);

/** Headers of every answer that is ours. */
export const echo = { 'X-Correlation-Id': header('CorrelationId') };

/** Headers of an answer that is kept under its key. */
export const replayed = { 'Idempotency-Replayed': header('IdempotencyReplayed') };

const problemJson = { 'application/problem+json': { schema: reference('schemas', 'Problem') } };

const problem = (description: string, headers: Json = {}): Json => ({
  description,
  headers: { ...echo, ...headers },
  content: problemJson,
});
const gateway = (description: string): Json => ({ description, content: jsonOf('GatewayMessage') });

/** Answers that say that nothing came of a request. */
export const RESPONSES = {
  BadRequest: problem('The request is malformed; `errors` lists every fault of the body. Nothing was stored.'),
  Unauthorized: gateway('There is no valid token; answered by API Gateway.'),
  Forbidden: {
    description: 'The token lacks the scope (answered by API Gateway), or names no tenant.',
    content: { ...jsonOf('GatewayMessage'), ...problemJson },
  },
  NotFound: problem("There is no such thing, or it is another tenant's."),
  Refused: problem('What it is about does not allow it. Stored: the key keeps this answer.', replayed),
  TooLarge: { description: 'The body is too large.', content: { ...problemJson, ...jsonOf('GatewayMessage') } },
  UnsupportedMediaType: problem('The body is not said to be JSON, or Content-Type is sent twice.'),
  Unprocessable: problem('The key was used with a different body, or the command is larger than one transaction.'),
  TooManyRequests: gateway('Too many requests at once; answered by API Gateway.'),
  Unexpected: problem('Something unforeseen happened.'),
  Unavailable: problem('Not completed in time. Repeating it with the same key is safe.', {
    'Retry-After': header('RetryAfter'),
  }),
} satisfies Record<string, Json>;
