/**
 * The stage's throttle: a bucket that holds `burst` requests and gains `ratePerSecond` of them.
 * @returns whether a request at a time (epoch milliseconds) may pass; always, without settings.
 */
export function createThrottle(
  settings: { ratePerSecond: number; burst: number } | undefined,
): (nowMs: number) => boolean {
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
