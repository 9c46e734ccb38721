import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import { spanIdOf } from '#shared/once/trace.ts';
import { type Correlated, correlation } from './correlation.ts';
import type { HttpEvent, HttpFunction } from './event.ts';
import { problemDetails } from './problem-details.ts';
import { requestLog } from './request-log.ts';
import { RequestRefused } from './request-refused.ts';

/** Handlers by the route key that the API declares: `POST /orders/{orderId}/items`. */
type Routes = Readonly<Record<string, HttpFunction>>;

/**
 * A Lambda function behind the HTTP API, with a correlation id on every answer and log line, and problem details for
 * every error. API Gateway has matched the route already, and passes its key. Matching the path again could give
 * another result, because a stage or a mapping adds a prefix to the path.
 */
export function httpFunction({ routes, random, log }: { routes: Routes; random: Randomness; log: Log }): HttpFunction {
  const dispatch = async (event: HttpEvent & Correlated) => {
    const route = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined;
    if (!route)
      throw new RequestRefused(
        'ROUTE_NOT_FOUND',
        'There is no such path or method.',
        'See the paths in /openapi.json.',
      );
    return withLogFields({ correlationId: event.correlationId }, () => route(event));
  };
  const pipeline = middy(dispatch).use([
    httpHeaderNormalizer(),
    requestLog({ log }),
    correlation({ random }),
    problemDetails({ log }),
  ]);
  const run = asHttpFunction(pipeline);
  // Also around the middlewares, so that the line about the request has the fields that they add.
  return (event, context) =>
    withLogFields({ spanId: spanIdOf(event.requestContext.requestId) }, () => run(event, context));
}

/**
 * A middy pipeline with the type that API Gateway calls. middy types a pipeline by the event after the middlewares. API
 * Gateway passes the event before them, and they complete or refuse it.
 */
export function asHttpFunction(pipeline: object): HttpFunction {
  return pipeline as HttpFunction;
}
