import type { ServerResponse } from 'node:http';
import * as v from 'valibot';

/** The answer to the client. */
export type Answer = { status: number; headers: Record<string, string>; cookies?: string[]; body: string | Buffer };

/** The answers that an HTTP API writes itself. No setting changes them. */
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

/** A function's result in payload format 2.0. */
const FUNCTION_ANSWER = v.object({
  statusCode: v.pipe(v.unknown(), v.transform(Number), v.integer(), v.minValue(100), v.maxValue(599)),
  headers: v.optional(v.record(v.string(), v.unknown()), {}),
  cookies: v.optional(v.array(v.string())),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.unknown(), false),
});

/**
 * The answer for a function's result in payload format 2.0. An object with a `statusCode` describes the answer. Any
 * other value becomes the JSON body of a 200.
 */
export function answerOf(result: unknown): Answer {
  if (result === null || typeof result !== 'object' || !('statusCode' in result)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof result === 'string' ? result : JSON.stringify(result ?? null),
    };
  }
  const read = v.safeParse(FUNCTION_ANSWER, result);
  if (!read.success) return GATEWAY_ANSWERS.functionFailed;
  const { statusCode: status, headers, cookies, body, isBase64Encoded } = read.output;
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
