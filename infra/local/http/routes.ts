import type { RoutePlan } from '../template/plan.ts';

export type Match = { route: RoutePlan; pathParameters: Record<string, string> };

/**
 * Finds the route of a request as an HTTP API does: by method and by segments of the decoded path. A literal segment
 * takes precedence over a `{parameter}`. Routes with the method `ANY` and `{greedy+}` parameters are not emulated,
 * because the stack has none.
 * @param path decoded. An encoded slash separates segments like any other slash, as at AWS.
 */
export function createRouter(routes: RoutePlan[]): (method: string, path: string) => Match | undefined {
  const compiled = routes.map((route) => ({ route, segments: route.path.split('/') }));
  // Routes with fewer parameters come first: `/orders/latest` before `/orders/{orderId}`.
  compiled.sort((one, other) => parameterCount(one.segments) - parameterCount(other.segments));
  return (method, path) => {
    const given = path.split('/');
    for (const { route, segments } of compiled) {
      const pathParameters = route.method === method ? match(segments, given) : undefined;
      if (pathParameters) return { route, pathParameters };
    }
    return undefined;
  };
}

function parameterCount(segments: string[]): number {
  return segments.filter(isParameter).length;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}');
}

function match(segments: string[], given: string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [position, segment] of segments.entries()) {
    const value = given[position] ?? '';
    if (isParameter(segment)) {
      if (value === '') return undefined;
      parameters[segment.slice(1, -1)] = value;
    } else if (segment !== value) return undefined;
  }
  return parameters;
}
