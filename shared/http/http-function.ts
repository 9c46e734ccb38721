import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import { withLogFields } from '#shared/once/log-context.ts';
import type { Log, Randomness } from '#shared/ports.ts';
import { type Correlated, correlation } from './correlation.ts';
import type { HttpEvent, HttpFunction } from './event.ts';
import { problemDetails } from './problem-details.ts';
import { requestLog } from './request-log.ts';
import { RequestRefused } from './request-refused.ts';

/** Handlers by route key, as the API declares its routes: `POST /orders/{orderId}/items`. */
export type Routes<Key extends string = string> = Readonly<Record<Key, HttpFunction>>;

/**
 * A Lambda function behind the HTTP API: correlation id on every answer and every line of the log, problem
 * details for every error. The API has matched the route already and says which; matching the path a second time could
 * only come to another result (behind a stage or a mapping, the path has a prefix).
 */
export function httpFunction({ routes, random, log }: { routes: Routes; random: Randomness; log: Log }): HttpFunction {
  const dispatch = async (event: HttpEvent & Correlated) => {
    const route = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined;
    if (!route)
      throw new RequestRefused('ROUTE_NOT_FOUND', 'There is no such path or method.', 'Look it up in /openapi.json.');
    return withLogFields({ correlationId: event.correlationId }, () => route(event));
  };
  const pipeline = middy(dispatch).use([
    httpHeaderNormalizer(),
    requestLog({ log }),
    correlation({ random }),
    problemDetails({ log }),
  ]);
  return asHttpFunction(pipeline);
}

/**
 * A middy pipeline as what API Gateway calls. middy types a pipeline by the event that its handler sees
 * after the middlewares; API Gateway hands it the one from before them, which they complete or refuse.
 */
export function asHttpFunction(pipeline: object): HttpFunction {
  return pipeline as HttpFunction;
}
