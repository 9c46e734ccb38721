import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { type Route, stageRoute } from '#shared/http/route.ts';

export type DescriptionPorts = {
  /** The OpenAPI document as JSON text. It is loaded when it is asked for, because most environments never serve it. */
  description: () => Promise<string>;
};

/** Clients may cache the document for a day: it changes only with a deployment, and the route is throttled. */
const DESCRIPTION_CACHE = 'public, max-age=86400';

/** The public route with the OpenAPI document of a function's routes. */
export function descriptionRoute(path: `/${string}`): Route<DescriptionPorts> {
  return stageRoute({
    method: 'GET',
    path,
    operationId: 'getOpenApi',
    tag: 'Description',
    summary: 'Read this description',
    answer: { status: 200, description: 'OpenAPI 3.1.' },
    handle: getDescription,
  });
}

async function getDescription(_request: unknown, { description }: DescriptionPorts): Promise<Reply> {
  return jsonResponse(await description(), { 'cache-control': DESCRIPTION_CACHE });
}
