import type { IncomingMessage } from 'node:http';
import type { CorsPlan } from '../template/plan.ts';
import type { Answer } from './answer.ts';

type Handle = (request: IncomingMessage, requestId: string) => Promise<Answer>;

/**
 * Answers web pages as an HTTP API with a CORS configuration does: it answers each preflight request itself, before it
 * looks for a route, and replaces the CORS headers of all other answers.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 * @param cors undefined: the API has no configuration, and pages of other origins cannot read its answers.
 */
export function withCors(cors: CorsPlan | undefined, handle: Handle): Handle {
  if (!cors) return handle;
  return async (request, requestId) => {
    const allowed = allowedOrigin(cors, request.headers.origin);
    if (isPreflight(request)) return { status: 204, headers: allowed ? preflightHeaders(cors, allowed) : {}, body: '' };
    const answer = await handle(request, requestId);
    const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
    return { ...answer, headers: { ...Object.fromEntries(own), ...(allowed && answerHeaders(cors, allowed)) } };
  };
}

const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

function allowedOrigin({ origins }: CorsPlan, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (origins.includes('*')) return '*';
  return origins.includes(origin) ? origin : undefined;
}

const preflightHeaders = (cors: CorsPlan, origin: string): Record<string, string> => ({
  ...answerHeaders(cors, origin),
  'access-control-allow-methods': cors.methods.join(','),
  'access-control-allow-headers': cors.headers.join(','),
  'access-control-max-age': String(cors.maxAgeSeconds),
});

const answerHeaders = ({ exposedHeaders }: CorsPlan, origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': exposedHeaders.join(','),
  ...(origin !== '*' && { vary: 'Origin' }),
});
