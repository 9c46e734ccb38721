import { number, object, readWith } from '#shared/messaging/read.ts';
import type { CircuitSettings } from './circuit.ts';

const ofStage = object({
  windowSeconds: number,
  leastRefused: number,
  refusedShare: number,
  firstProbeSeconds: number,
  longestProbeSeconds: number,
  longestWaitSeconds: number,
});

/** How long an environment uses a row that it has read before it reads again: other environments change it, too. */
const CACHED_MS = 5000;

/**
 * When a channel's circuit opens and is probed, from the stage's JSON setting.
 * @param leaseMs how long a claim is valid. By then, a sender that probes has an answer or has crashed.
 * @throws TypeError that lists the faults of the setting.
 */
export function circuitSettingsFrom(json: string, leaseMs: number): CircuitSettings {
  const { read, faults } = readWith(ofStage, JSON.parse(json));
  if (faults.length > 0) throw new TypeError(`The settings of the circuit breaker: ${faults.join('; ')}.`);
  return {
    windowMs: read.windowSeconds * 1000,
    leastRefused: read.leastRefused,
    refusedShare: read.refusedShare,
    firstProbeMs: read.firstProbeSeconds * 1000,
    longestProbeMs: read.longestProbeSeconds * 1000,
    longestWaitMs: read.longestWaitSeconds * 1000,
    probeLeaseMs: leaseMs,
    believedMs: Math.min(CACHED_MS, read.firstProbeSeconds * 1000),
  };
}
