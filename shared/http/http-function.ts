import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { Log, Randomness } from '#shared/ports.ts';
import { correlation } from './correlation.ts';
import type { HttpEvent, HttpFunction } from './event.ts';
import { problemDetails } from './problem-details.ts';
import { RequestRefused } from './request-refused.ts';

/** Handlers by route key, as the API declares its routes: `POST /orders/{orderId}/items`. */
export type Routes = Readonly<Record<string, HttpFunction>>;

/**
 * A Lambda function behind the HTTP API: correlation id on every answer, problem details for every
 * error. The API has matched the route already and says which; matching the path a second time could
 * only come to another result (behind a stage or a mapping, the path has a prefix).
 */
export function httpFunction({ routes, random, log }: { routes: Routes; random: Randomness; log: Log }): HttpFunction {
  const dispatch = async (event: HttpEvent) => {
    const route = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined;
    if (!route)
      throw new RequestRefused('ROUTE_NOT_FOUND', 'There is no such path or method.', 'Look it up in /openapi.json.');
    return route(event);
  };
  const pipeline = middy(dispatch).use([httpHeaderNormalizer(), correlation({ random }), problemDetails({ log })]);
  return asHttpFunction(pipeline);
}

/**
 * A middy pipeline as what API Gateway calls. middy types a pipeline by the event that its handler sees
 * after the middlewares; API Gateway hands it the one from before them, which they complete or refuse.
 */
export function asHttpFunction(pipeline: object): HttpFunction {
  return pipeline as HttpFunction;
}
