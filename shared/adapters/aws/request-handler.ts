/**
 * Settings of the SDK's HTTP handler that make it give up. It waits for ever unless told otherwise,
 * and a call that outlives its invocation has an outcome nobody writes down.
 */
export const impatient = (timeoutMs: number) => ({
  connectionTimeout: Math.min(1000, timeoutMs),
  requestTimeout: timeoutMs,
  throwOnRequestTimeout: true,
});

/**
 * For calls that must not be repeated: a connection that died while its environment was frozen would
 * look like a call whose outcome is unknown. A new one costs a handshake and cannot.
 */
export const oneConnectionACall = (timeoutMs: number) => ({
  ...impatient(timeoutMs),
  httpAgent: { keepAlive: false },
  httpsAgent: { keepAlive: false },
});
