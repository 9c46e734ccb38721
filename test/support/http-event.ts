import type { HttpEvent, HttpResponse } from '#shared/http/event.ts';

/** Claim in which the tests' tokens carry the tenant. */
export const TENANT_CLAIM = 'tenant';

export type Request = {
  routeKey: string;
  path?: string;
  pathParameters?: Record<string, string>;
  /** undefined: a public route, without an authorizer. */
  tenant?: unknown;
  headers?: Record<string, string | undefined>;
  body?: string;
  isBase64Encoded?: boolean;
};

/**
 * An event as AWS documents it for HTTP APIs, payload format 2.0 with a JWT authorizer
 * (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export function httpEvent({
  routeKey,
  path,
  pathParameters,
  tenant,
  headers = {},
  body,
  isBase64Encoded = false,
}: Request): HttpEvent {
  const [method = '', template = ''] = routeKey.split(' ');
  const rawPath = path ?? template;
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: { 'content-length': String(body?.length ?? 0), host: 'api.example.com', ...sent },
    ...(pathParameters && { pathParameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
      requestId: 'request-1',
      routeKey,
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1767225600000,
      ...(tenant !== undefined && {
        authorizer: { jwt: { claims: { [TENANT_CLAIM]: tenant }, scopes: ['orders:write'] } },
      }),
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  } as HttpEvent;
}

/** The JSON of an answer. */
export function bodyOf<Body = Record<string, unknown>>({ body }: HttpResponse): Body {
  return JSON.parse(body) as Body;
}
