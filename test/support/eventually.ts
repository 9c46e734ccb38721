import { setTimeout as sleep } from 'node:timers/promises';

/** A condition that never comes true costs this long. It is far longer than anything takes on a busy machine. */
const PATIENCE_MS = 120_000;
/** The first pause between two looks. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/**
 * Waits for a condition, never for a time: resolves with what `look` returns once it is neither
 * undefined nor false. The pauses get longer, because each look takes processor time from what the test waits for.
 * @throws the last error, or what was waited for, after `withinMs`.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  withinMs = PATIENCE_MS,
): Promise<Value> {
  const start = Date.now();
  const deadline = start + withinMs;
  let problem: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS + (Date.now() - start) / 10));
  }
  throw new Error(`Waited ${withinMs} ms in vain for: ${what}`, { cause: problem });
}
