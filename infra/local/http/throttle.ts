import type { ApiPlan, RoutePlan, ThrottlePlan } from '../template/plan.ts';

/**
 * The throttles of an API. A route with its own limits has its own bucket. All other routes share one bucket.
 * @returns whether a request for a route at a time (epoch milliseconds) may pass.
 */
export function createRouteThrottles({ routes, throttle }: ApiPlan): (route: RoutePlan, nowMs: number) => boolean {
  const isAllowedByStage = createThrottle(throttle);
  const own = new Map(
    routes.filter((route) => route.throttle).map((route) => [route.routeKey, createThrottle(route.throttle)]),
  );
  return ({ routeKey }, nowMs) => (own.get(routeKey) ?? isAllowedByStage)(nowMs);
}

/**
 * One throttle: a bucket that holds `burst` requests and is refilled with `ratePerSecond`.
 * @returns whether a request at a time (epoch milliseconds) may pass. Without settings, every request passes.
 */
export function createThrottle(settings: ThrottlePlan | undefined): (nowMs: number) => boolean {
  if (!settings) return () => true;
  const { ratePerSecond, burst } = settings;
  let tokens = burst;
  let filledAtMs = 0;
  return (nowMs) => {
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - filledAtMs) * ratePerSecond) / 1000);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
