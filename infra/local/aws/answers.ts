import { randomUUID } from 'node:crypto';
import type { Answer } from '../base/http.ts';
import type { ServiceName } from './services.ts';

/** The kinds of errors that the gateway can return in place of a service. */
export type ErrorKind = 'denied' | 'unknown-operation' | 'throttled' | 'failed';

type Codes = Record<ErrorKind, readonly [status: number, code: string]>;

/** The codes that services with a JSON protocol have in common. */
const json = (throttled: string, failed: string, throttledStatus = 400, deniedStatus = 400): Codes => ({
  denied: [deniedStatus, 'AccessDeniedException'],
  'unknown-operation': [400, 'UnknownOperationException'],
  throttled: [throttledStatus, throttled],
  failed: [500, failed],
});

/** Status and error code of each kind of error, for each service: as in its model or its own answers. */
const codes: Record<ServiceName, Codes> = {
  dynamodb: json('ProvisionedThroughputExceededException', 'InternalServerError'),
  dynamodbstreams: json('ThrottlingException', 'InternalServerError'),
  secretsmanager: json('ThrottlingException', 'InternalServiceError'),
  'pinpoint-sms-voice-v2': json('ThrottlingException', 'InternalServerException'),
  lambda: json('TooManyRequestsException', 'ServiceException', 429, 403),
  appsync: json('TooManyRequestsException', 'InternalFailureException', 429, 403),
  sesv2: json('TooManyRequestsException', 'InternalServiceErrorException', 429, 403),
  sns: {
    denied: [403, 'AuthorizationError'],
    'unknown-operation': [400, 'InvalidAction'],
    throttled: [429, 'Throttled'],
    failed: [500, 'InternalError'],
  },
  sqs: {
    denied: [403, 'AccessDenied'],
    'unknown-operation': [400, 'InvalidAction'],
    throttled: [403, 'RequestThrottled'],
    failed: [500, 'InternalFailure'],
  },
  s3: {
    denied: [403, 'AccessDenied'],
    'unknown-operation': [405, 'MethodNotAllowed'],
    throttled: [503, 'SlowDown'],
    failed: [500, 'InternalError'],
  },
};

const texts: Record<ErrorKind, string> = {
  denied: 'Access denied.',
  'unknown-operation': 'Unknown operation.',
  throttled: 'Rate exceeded (a fault injected by the local gateway; nothing was done).',
  failed: 'Internal error (a fault injected by the local gateway; nothing was done).',
};

/** An error answer in place of a service, with a default message where `message` is absent. */
export function errorAnswer(service: ServiceName, kind: ErrorKind, message?: string): Answer {
  const [status, code] = codes[service][kind];
  return serviceError(service, status, code, message ?? texts[kind]);
}

/**
 * An error answer that an SDK client reads as an answer of the service itself.
 * @param details further fields of the service's JSON, in addition to code and message.
 */
export function serviceError(
  service: ServiceName,
  status: number,
  code: string,
  message: string,
  details: Record<string, unknown> = {},
): Answer {
  if (service === 'sns') return snsError(status, code, message);
  if (service === 's3') return s3Refusal(status, code, message);
  // SendGrid's API is behind the same port. Its errors have this form.
  const errors = service === 'sesv2' && { errors: [{ message, field: null }] };
  const answer = jsonError(status, code, message, { ...errors, ...details });
  if (service !== 'sesv2' && service !== 'lambda' && service !== 'appsync') return answer;
  return { ...answer, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code } };
}

/** The refusal of a `TransactWriteItems` because another transaction holds its first item. */
export function transactionConflict(items: number): Answer {
  const reasons = Array.from({ length: items }, (_, position) =>
    position === 0 ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' } : { Code: 'None' },
  );
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`;
  const type = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException';
  return {
    status: 400,
    headers: jsonType,
    body: JSON.stringify({ __type: type, Message: message, CancellationReasons: reasons }),
  };
}

const jsonType = { 'content-type': 'application/x-amz-json-1.0' };

function jsonError(status: number, code: string, message: string, details: Record<string, unknown>): Answer {
  const error = { __type: `com.amazon.coral.service#${code}`, message, ...details };
  return { status, headers: jsonType, body: JSON.stringify(error) };
}

function snsError(status: number, code: string, message: string): Answer {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

/** A refusal in the format of S3. */
export function s3Refusal(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
