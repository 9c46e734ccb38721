import type { CircuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import type { Clock, Log, Randomness, Timer } from '#shared/messaging/system.ts';
import { currentLogFields } from '#shared/once/log-context.ts';

/** A clock that moves only when a test or a sleep moves it. */
export type ManualClock = Clock & Timer & { advance(durationMs: number): void };

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const advance = (durationMs: number): void => {
    now += durationMs;
  };
  return { now: () => now, advance, sleep: async (durationMs) => advance(durationMs) };
}

/** Counted nonces and a fixed fraction: nothing about a test depends on chance. */
export function countedRandomness(fraction = 0.5): Randomness {
  let count = 0;
  return {
    nonce: () => {
      count += 1;
      return `nonce-${count}`;
    },
    fraction: () => fraction,
  };
}

export type LogLine = { level: 'info' | 'warn' | 'error'; message: string; fields?: Record<string, unknown> };
export type MemoryLog = Log & { lines: LogLine[] };

export function memoryLog(): MemoryLog {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, fields?: Record<string, unknown>): void => {
      const bound = currentLogFields();
      const present = fields || Object.keys(bound).length > 0 ? { fields: { ...bound, ...fields } } : {};
      lines.push({ level, message, ...present });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** A circuit that is always closed and counts nothing. */
export const closedCircuit: CircuitBreaker = {
  enter: async () => ({ kind: 'pass' }),
  record: async () => undefined,
};
