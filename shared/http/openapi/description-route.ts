import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { type Route, stageRoute } from '#shared/http/route.ts';

/** The descriptions of a function's routes and of the messages that they lead to, each as JSON text. */
export type Descriptions = { openApiText: string; asyncApiText: string };

export type DescriptionPorts = {
  /** Loaded when one is asked for, because most environments never serve them. */
  descriptions: () => Promise<Descriptions>;
};

/** Clients may cache a document for a day: it changes only with a deployment, and the routes are throttled. */
const DESCRIPTION_CACHE = 'public, max-age=86400';

/** The public routes with the descriptions: `/openapi.json` and `/asyncapi.json` below the folder. */
export function descriptionRoutes(folder: '' | `/${string}` = ''): Route<DescriptionPorts>[] {
  return [
    stageRoute({
      method: 'GET',
      path: `${folder}/openapi.json`,
      operationId: 'getOpenApi',
      tag: 'Description',
      summary: 'Read the description of the routes',
      answer: { status: 200, description: 'OpenAPI 3.1.' },
      handle: async (_request, { descriptions }: DescriptionPorts) => description((await descriptions()).openApiText),
    }),
    stageRoute({
      method: 'GET',
      path: `${folder}/asyncapi.json`,
      operationId: 'getAsyncApi',
      tag: 'Description',
      summary: 'Read the description of the published messages',
      answer: { status: 200, description: 'AsyncAPI 3.' },
      handle: async (_request, { descriptions }: DescriptionPorts) => description((await descriptions()).asyncApiText),
    }),
  ];
}

const description = (text: string): Reply => jsonResponse(text, { 'cache-control': DESCRIPTION_CACHE });
