/**
 * Exponential backoff with full jitter (Marc Brooker): callers that collided are spread over the whole interval, so
 * that they do not collide again.
 * @param tries number of earlier tries; @param fraction random, at least 0 and less than 1.
 * @returns milliseconds to wait.
 */
export function backoffMs(tries: number, fraction: number, { baseMs, capMs } = { baseMs: 25, capMs: 1000 }): number {
  return Math.ceil(Math.min(capMs, baseMs * 2 ** tries) * fraction);
}
