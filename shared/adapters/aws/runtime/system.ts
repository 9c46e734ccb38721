import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Randomness, Timer } from '#shared/messaging/system.ts';

/** The machine's clock, timer and randomness. Only this file reads them. */
export const systemClock: Clock = { now: () => Date.now() };
export const systemTimer: Timer = { sleep: (durationMs) => sleep(durationMs) };
export const systemRandomness: Randomness = { nonce: () => randomUUID(), fraction: () => Math.random() };
