import type { APIGatewayEventRequestContextV2, APIGatewayProxyEventV2, Context } from 'aws-lambda';

/** The event of an HTTP API (payload format 2.0), with or without a JWT authorizer. */
export type HttpEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  requestContext: APIGatewayEventRequestContextV2 & { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
};

export type HttpResponse = { statusCode: number; headers: Record<string, string>; body: string };

/** A function behind the HTTP API. The context is Lambda's. No code here reads it, so tests may omit it. */
export type HttpFunction = (event: HttpEvent, context?: Context) => Promise<HttpResponse>;

/** An answer to a request that succeeds. The contract of the route has the status. */
export type Success = Omit<HttpResponse, 'statusCode'> & { statusCode?: undefined };

/** What the handler of a route returns: a success, or a failure with its own status. */
export type Reply = Success | HttpResponse;

/** A JSON answer. Caches must not store it, because it contains personal data. */
export function jsonResponse(body: string, headers: Record<string, string> = {}): Success {
  return { headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, body };
}
