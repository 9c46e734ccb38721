import { Failure } from './failure.ts';

/** Deeper chains say no more, and a circular one must not hang anybody. */
const CAUSES = 5;

/**
 * An error and its causes for the log: names and places. Messages only of our own failures: a
 * foreign one may quote what it choked on, and that may be personal data.
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
