import type { APIGatewayEventRequestContextV2, APIGatewayProxyEventV2, Context } from 'aws-lambda';

/** What an HTTP API hands to a function (payload format 2.0), with or without a JWT authorizer. */
export type HttpEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  requestContext: APIGatewayEventRequestContextV2 & { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
};

export type HttpResponse = { statusCode: number; headers: Record<string, string>; body: string };

/** A function behind the HTTP API. The context is Lambda's; nothing here reads it, so a test may leave it out. */
export type HttpFunction = (event: HttpEvent, context?: Context) => Promise<HttpResponse>;

/** JSON that nobody may keep a copy of: it holds personal data. */
export function jsonResponse(statusCode: number, body: string, headers: Record<string, string> = {}): HttpResponse {
  return { statusCode, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, body };
}
