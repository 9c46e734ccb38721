import { Failure } from './failure.ts';

/** Deeper chains add no information, and a circular chain must not cause an endless loop. */
const CAUSES = 5;

/**
 * An error and its causes for the log: names and stack frames. Messages are included only for our own failures, because
 * a foreign message may quote its input, which may be personal data.
 */
export function causesOf(error: unknown): Record<string, unknown>[] {
  const causes: Record<string, unknown>[] = [];
  for (let cause = error; cause instanceof Error && causes.length < CAUSES; cause = cause.cause) {
    const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    const own = cause instanceof Failure ? { code: cause.code, message: cause.message } : {};
    causes.push({ name: cause.name, ...own, frames: frames.map((line) => line.trim()) });
  }
  return causes.length > 0 ? causes : [{ name: typeof error }];
}
