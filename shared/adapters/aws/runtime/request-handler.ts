/**
 * Timeouts for the SDK's HTTP handler. Without them it waits without limit, and the outcome of a call that outlasts
 * its invocation is never recorded.
 */
export const requestTimeouts = (timeoutMs: number) => ({
  connectionTimeout: Math.min(1000, timeoutMs),
  requestTimeout: timeoutMs,
  throwOnRequestTimeout: true,
});
