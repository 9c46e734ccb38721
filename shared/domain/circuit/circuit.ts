import type { StateKey } from '#shared/messaging/identity.ts';
import type { Channel } from '#shared/names.ts';

/**
 * Whether a channel's provider may be called, for the whole stage (circuit breaker; Nygard, Release It!).
 *
 * ```
 * closed ── most answers are refusals about the account ──> open
 *   ▲                                                       │ ▲
 *   │                                             at probeAt │ │ the probe is refused: a longer pause
 *   └────────────── the probe is accepted ─────── one probe ─┴─┘
 * ```
 * A probe is one real message. While it is under way, `probeAt` is the end of its lease, so that a probe whose
 * sender died is followed by another.
 */
export type Circuit =
  | {
      status: 'closed';
      /** Epoch milliseconds: refusals from before then say nothing any more. Absent: it was never open. */
      closedAt?: number;
    }
  | {
      status: 'open';
      /** Epoch milliseconds. */
      openedAt: number;
      /** Code of the refusal that opened it, or of the last probe. */
      because: string;
      /** Epoch milliseconds before which no call is made. */
      probeAt: number;
      /** Probes in a row that were refused. */
      refusedProbes: number;
    };

export type OpenCircuit = Extract<Circuit, { status: 'open' }>;

export type CircuitSettings = {
  /** How far back answers count. */
  windowMs: number;
  /** So many different messages must have been refused within the window, in one environment. */
  leastRefused: number;
  /** And this share of the messages that were answered, above 0 and at most 1. */
  refusedShare: number;
  /** From opening to the first probe. */
  firstProbeMs: number;
  /** Longest pause between two probes. */
  longestProbeMs: number;
  /** After so long without a result, a probe is followed by another. Longer than a call may take. */
  probeLeaseMs: number;
  /** Longest that a waiting message stays away before it asks again. */
  longestWaitMs: number;
  /** How long an environment believes what it read of the circuit. */
  believedMs: number;
};

/** One row a channel. No tenant's: a tenant's name is never empty. */
export const circuitKey = (channel: Channel): StateKey => ({ tenant: '', type: 'circuit', id: channel });

/** What the provider made of one message, as far as it says something about the account. */
export type Verdict = {
  notificationId: string /** Epoch milliseconds. */;
  at: number;
  isRefused: boolean;
  code: string;
};

/**
 * Whether these verdicts, of one message each, open the circuit. One recipient's or one message's refusal never does:
 * it takes several different messages, and most of them.
 */
export function isTripped(verdicts: readonly Verdict[], settings: CircuitSettings): boolean {
  const refused = verdicts.filter(({ isRefused }) => isRefused).length;
  return refused >= settings.leastRefused && refused >= settings.refusedShare * verdicts.length;
}

/** Those that still count: within the window, and later than the last time the circuit closed. */
export function counting(
  verdicts: readonly Verdict[],
  circuit: Circuit,
  now: number,
  { windowMs }: CircuitSettings,
): Verdict[] {
  const since = Math.max(now - windowMs, circuit.status === 'closed' ? (circuit.closedAt ?? 0) : 0);
  return verdicts.filter(({ at }) => at > since);
}

export const opened = (
  because: string,
  now: number,
  { firstProbeMs }: Pick<CircuitSettings, 'firstProbeMs'>,
): OpenCircuit => ({
  status: 'open',
  openedAt: now,
  because,
  probeAt: now + firstProbeMs,
  refusedProbes: 0,
});

/** Whoever stores this over the same version may make the one call. */
export const probing = (circuit: OpenCircuit, now: number, { probeLeaseMs }: CircuitSettings): OpenCircuit => ({
  ...circuit,
  probeAt: now + probeLeaseMs,
});

/** The next probe comes later and later, at most `longestProbeMs` after this one. */
export function probeRefused(
  circuit: OpenCircuit,
  because: string,
  now: number,
  { firstProbeMs, longestProbeMs }: CircuitSettings,
): OpenCircuit {
  const refusedProbes = circuit.refusedProbes + 1;
  const pauseMs = Math.min(longestProbeMs, firstProbeMs * 2 ** refusedProbes);
  return { ...circuit, because, refusedProbes, probeAt: now + pauseMs };
}

export const closed = (now: number): Circuit => ({ status: 'closed', closedAt: now });
