import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
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
 * A probe is one real message. During the call, `probeAt` is the end of the probe's lease. If the sender dies, another
 * sender can therefore make the next probe.
 */
export type Circuit =
  | {
      status: 'closed';
      /** Epoch milliseconds. Refusals from before then do not count. Absent: the circuit was never open. */
      closedAt?: number;
    }
  | {
      status: 'open';
      /** Epoch milliseconds. */
      openedAt: number;
      /** Code of the refusal that opened the circuit, or of the last refused probe. */
      because: string;
      /** Epoch milliseconds before which no call is made. */
      probeAt: number;
      /** Number of refused probes in a row. */
      refusedProbes: number;
    };

export const CIRCUIT = shapeOf<Circuit>('circuit');

export type OpenCircuit = Extract<Circuit, { status: 'open' }>;

export type CircuitSettings = {
  /** Only answers of this period count. */
  windowMs: number;
  /** The circuit opens only if this many different messages were refused within the window, in one environment. */
  leastRefused: number;
  /** It also opens only if this share of the answered messages was refused. Above 0 and at most 1. */
  refusedShare: number;
  /** Pause from opening to the first probe. */
  firstProbeMs: number;
  /** Longest pause between two probes. */
  longestProbeMs: number;
  /** If a probe has no result after this time, another probe follows. It is longer than a call can take. */
  probeLeaseMs: number;
  /** A waiting message asks again after this time at the latest. */
  longestWaitMs: number;
  /** How long an environment uses a circuit that it has read before it reads it again. */
  believedMs: number;
};

/** One row per channel. It belongs to no tenant: the tenant is empty, and a real tenant's name never is. */
export const circuitKey = (channel: Channel): StateKey => ({ tenant: '', type: CIRCUIT.name, id: channel });

/** The provider's answer to one message, if the answer is evidence about the account. */
export type Verdict = {
  notificationId: string /** Epoch milliseconds. */;
  at: number;
  isRefused: boolean;
  code: string;
};

/**
 * Whether these verdicts open the circuit. Each is about another message. Refusals of one recipient or one message
 * never open it: several different messages have to be refused, and most of those that were answered.
 */
export function isTripped(verdicts: readonly Verdict[], settings: CircuitSettings): boolean {
  const refused = verdicts.filter(({ isRefused }) => isRefused).length;
  return refused >= settings.leastRefused && refused >= settings.refusedShare * verdicts.length;
}

/** The verdicts that still count: those within the window and after the circuit last closed. */
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

/** The sender that stores this over the version it read may make the one call. */
export const probing = (circuit: OpenCircuit, now: number, { probeLeaseMs }: CircuitSettings): OpenCircuit => ({
  ...circuit,
  probeAt: now + probeLeaseMs,
});

/** Each pause is longer than the one before, up to `longestProbeMs`. */
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
