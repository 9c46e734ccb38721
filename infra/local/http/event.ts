import type { IncomingMessage } from 'node:http';
import { ACCOUNT_ID } from '../template/physical.ts';
import type { Identity } from './authorizer.ts';
import type { Match } from './routes.ts';

export type EventParts = {
  request: IncomingMessage;
  /** Decoded path. */
  path: string;
  /** Query without the question mark. */
  rawQueryString: string;
  body: Buffer;
  match: Match;
  identity?: Identity;
  requestId: string;
  apiId: string;
  at: Date;
};

/** The event of a request to an HTTP API, in payload format 2.0. */
export function httpEvent(parts: EventParts): Record<string, unknown> {
  const { request, path, rawQueryString, body, match } = parts;
  const headers = headersOf(request);
  const cookies = request.headers.cookie?.split(';').map((cookie) => cookie.trim());
  const query = queryOf(rawQueryString);
  return {
    version: '2.0',
    routeKey: match.route.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies ? { cookies } : {}),
    headers,
    ...(query ? { queryStringParameters: query } : {}),
    requestContext: requestContext(parts, headers),
    ...(Object.keys(match.pathParameters).length > 0 ? { pathParameters: match.pathParameters } : {}),
    ...bodyOf(body, headers['content-type']),
  };
}

function requestContext(
  { request, path, match, identity, requestId, apiId, at }: EventParts,
  headers: Record<string, string>,
): Record<string, unknown> {
  return {
    accountId: ACCOUNT_ID,
    apiId,
    ...(identity ? { authorizer: { jwt: identity } } : {}),
    domainName: headers.host ?? '',
    domainPrefix: (headers.host ?? '').split('.')[0],
    http: {
      method: request.method,
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey: match.route.routeKey,
    stage: '$default',
    time: commonLogTime(at),
    timeEpoch: at.getTime(),
  };
}

/** Names in lower case, repeated headers joined by commas. Cookies have a separate field. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers = Object.entries(request.headersDistinct).filter(([name]) => name !== 'cookie');
  return {
    ...Object.fromEntries(headers.map(([name, values = []]) => [name, values.join(',')])),
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-port': String(request.socket.localPort),
    'x-forwarded-proto': 'http',
  };
}

/** Decoded. The values of a repeated name are joined by commas. */
function queryOf(rawQueryString: string): Record<string, string> | undefined {
  const parameters = new URLSearchParams(rawQueryString);
  const names = [...new Set(parameters.keys())];
  return names.length > 0
    ? Object.fromEntries(names.map((name) => [name, parameters.getAll(name).join(',')]))
    : undefined;
}

/** Types that API Gateway passes as text. Everything else is base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml))\b)/i;

function bodyOf(body: Buffer, contentType: string | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType !== undefined && TEXT.test(contentType);
  return isText
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/** `21/Nov/2026:10:45:00 +0000` */
function commonLogTime(at: Date): string {
  const [, day, month, year, time] = at.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
