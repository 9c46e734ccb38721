/**
 * Settings of the SDK's HTTP handler that make it give up. It waits for ever unless told otherwise,
 * and a call that outlives its invocation has an outcome nobody writes down.
 */
export const impatient = (timeoutMs: number) => ({
  connectionTimeout: Math.min(1000, timeoutMs),
  requestTimeout: timeoutMs,
  throwOnRequestTimeout: true,
});
