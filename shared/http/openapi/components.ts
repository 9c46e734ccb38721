import { type Json, jsonOf, reference } from './reference.ts';

/** Response headers, by the name that operations refer to. */
export const HEADERS = {
  CorrelationId: {
    description: 'The id in the records of this request and of everything that it caused.',
    schema: { type: 'string' },
  },
  ETag: {
    description:
      'The version of the resource, in double quotes. A command accepts it as If-Match. A new status of a notification ' +
      'about the resource does not change it. `"0"`: nothing is stored yet, and the answer shows the defaults.',
    schema: { type: 'string', pattern: '^"(0|[1-9][0-9]*)"$' },
  },
  IdempotencyReplayed: {
    description:
      '`true` if the key was used before with the same body. The answer is the one of the first request with the key.',
    schema: { type: 'string', enum: ['true'] },
  },
  Location: { description: 'Path of the resource.', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait before the next attempt.', schema: { type: 'integer', minimum: 0 } },
} satisfies Record<string, Json>;

/** Headers of requests. */
export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description:
      'A new key for each command, and the same key for each retry: 1 to 128 printable ASCII characters without a ' +
      'comma, with or without double quotes around them. Send the header once: API Gateway joins a header that is ' +
      'sent twice with a comma, which is refused. The key determines the id of the order that is placed: the first 26 ' +
      'characters of the lower-case base32 (RFC 4648) of SHA-256("counterfoil-order" LF tenant LF key).',
    schema: { type: 'string', pattern: '^[\\x20-\\x2B\\x2D-\\x7E]{1,128}$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description:
      'The ETag of the version that the command is meant for. If the resource has another version, nothing is written ' +
      'and the answer is 412. With `"0"`, the command applies only if nothing is stored yet. Without the header, or ' +
      'with `*`, it applies to any version. If the Idempotency-Key already has a stored answer, the request gets that ' +
      'answer, and If-Match is not compared.',
    schema: { type: 'string', pattern: '^("(0|[1-9][0-9]*)"|\\*)$' },
  },
  CorrelationId: {
    name: 'X-Correlation-Id',
    in: 'header',
    required: false,
    description:
      'Your own id for this request. If the header is missing, malformed or sent twice, the id is the trace id of a ' +
      'valid traceparent; without one, an id is generated.',
    schema: { type: 'string', pattern: '^(?!\\+[0-9]{7,15}$)[A-Za-z0-9._~:/+=-]{1,128}$' },
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description:
      'W3C trace context. Messages and webhooks continue the trace. A header that is malformed or sent twice is ' +
      'ignored; the trace id then follows from the correlation id.',
    schema: { type: 'string' },
  },
} satisfies Record<string, Json>;

/** References to the components above, by name. */
export const parameter = (name: keyof typeof PARAMETERS): Json => reference('parameters', name);
export const header = (name: keyof typeof HEADERS): Json => reference('headers', name);
export const response = (name: keyof typeof RESPONSES): Json => reference('responses', name);

/** Headers of every answer that a function gives. */
export const echo = { 'X-Correlation-Id': header('CorrelationId') };

/** Headers of an answer that is stored under its key. */
export const replayed = { 'Idempotency-Replayed': header('IdempotencyReplayed') };

const problemJson = { 'application/problem+json': { schema: reference('schemas', 'Problem') } };

const problem = (description: string, headers: Json = {}): Json => ({
  description,
  headers: { ...echo, ...headers },
  content: problemJson,
});
const gateway = (description: string): Json => ({ description, content: jsonOf('GatewayMessage') });

/** Answers to requests that failed. */
export const RESPONSES = {
  BadRequest: problem('The request is malformed. `errors` lists every fault of the body or query. Nothing was stored.'),
  Unauthorized: gateway('The request has no valid token. API Gateway gives this answer.'),
  Forbidden: {
    description: 'The token lacks the scope (API Gateway gives this answer), or it names no tenant.',
    content: { ...jsonOf('GatewayMessage'), ...problemJson },
  },
  NotFound: problem('The resource does not exist, or it belongs to another tenant.'),
  Refused: problem(
    'The state of the resource does not allow the command. The answer is stored under the key, except those that say that ' +
      'nothing was stored.',
    replayed,
  ),
  PreconditionFailed: problem(
    'The resource does not have the version of If-Match. `currentVersion` is its version. Nothing is stored under the key.',
  ),
  TooLarge: { description: 'The body is too large.', content: { ...problemJson, ...jsonOf('GatewayMessage') } },
  UnsupportedMediaType: problem('Content-Type is not JSON, or it is sent twice.'),
  Unprocessable: problem(
    'The key was used with another body, the command is too large for one transaction, or it names a customer that ' +
      'does not exist or was erased, an address that webhooks cannot be posted to, or a type of events that does not ' +
      'exist. Nothing was stored.',
  ),
  TooManyRequests: gateway(
    'More requests than the limit of the API or of the route allows. API Gateway gives this answer.',
  ),
  TenantTooFast: {
    description:
      'More requests than the limit of the API or of the route allows (API Gateway gives this answer), or more than the ' +
      'limit of a tenant. Nothing was stored.',
    headers: { ...echo, 'Retry-After': header('RetryAfter') },
    content: { ...jsonOf('GatewayMessage'), ...problemJson },
  },
  Unexpected: problem('An unexpected error occurred.'),
  Unavailable: problem(
    'The request was not completed in time. Repeat it: a command with the same Idempotency-Key takes effect once, and any other request may always be repeated.',
    {
      'Retry-After': header('RetryAfter'),
    },
  ),
} satisfies Record<string, Json>;

/** Failures of a public route, by status. */
export const publicFailures = { 429: response('TooManyRequests'), 500: response('Unexpected') };

/** Failures of every request with a token, by status. */
export const readFailures = {
  ...publicFailures,
  401: response('Unauthorized'),
  403: response('Forbidden'),
  503: response('Unavailable'),
};

/** Failures of every request with a body that changes nothing, by status. */
export const questionFailures = {
  ...readFailures,
  400: response('BadRequest'),
  413: response('TooLarge'),
  429: response('TenantTooFast'),
  415: response('UnsupportedMediaType'),
};

/** Failures of every command, by status. */
export const commandFailures = {
  ...questionFailures,
  409: response('Refused'),
  422: response('Unprocessable'),
};

/** Parameters of every command. */
export const commandParameters = [parameter('IdempotencyKey'), parameter('CorrelationId'), parameter('Traceparent')];
