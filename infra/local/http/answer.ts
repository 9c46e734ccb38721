import type { ServerResponse } from 'node:http';

/** What goes back to the client. */
export type Answer = { status: number; headers: Record<string, string>; cookies?: string[]; body: string | Buffer };

/** The bodies that an HTTP API writes itself; no setting changes them. */
export const GATEWAY_ANSWERS = {
  unauthorized: own(401, 'Unauthorized', { 'www-authenticate': 'Bearer' }),
  forbidden: own(403, 'Forbidden'),
  notFound: own(404, 'Not Found'),
  tooLong: own(413, 'Request Too Long'),
  tooManyRequests: own(429, 'Too Many Requests'),
  functionFailed: own(500, 'Internal Server Error'),
  unavailable: own(503, 'Service Unavailable'),
} as const;

function own(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }) };
}

type FunctionAnswer = {
  statusCode?: unknown;
  headers?: Record<string, unknown>;
  cookies?: string[];
  body?: unknown;
  isBase64Encoded?: boolean;
};

/**
 * The answer that a function's result means in payload format 2.0: an object with a `statusCode` is
 * taken as it is, any other value is the body of a 200 in JSON.
 */
export function answerOf(result: unknown): Answer {
  if (result === null || typeof result !== 'object' || !('statusCode' in result)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof result === 'string' ? result : JSON.stringify(result ?? null),
    };
  }
  const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = result as FunctionAnswer;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string')
    return GATEWAY_ANSWERS.functionFailed;
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    },
    ...(cookies ? { cookies } : {}),
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

export function sendAnswer(
  response: ServerResponse,
  { status, headers, cookies, body }: Answer,
  requestId: string,
): void {
  response.writeHead(status, {
    ...headers,
    ...(cookies ? { 'set-cookie': cookies } : {}),
    'content-length': Buffer.byteLength(body),
    'apigw-requestid': requestId,
  });
  response.end(body);
}
