import type { CircuitSettings } from '#shared/delivery/circuit.ts';

export const TENANTS = ['acme', 'globex'];

/** A stage in small, in times that a simulation gets through. */
const SECOND = 1000;
export const TIMES = {
  commandTimeoutMs: 10 * SECOND,
  commandBudgetMs: 5 * SECOND,
  clientTimeoutMs: 8 * SECOND,
  senderTimeoutMs: 30 * SECOND,
  senderBudgetMs: 4 * SECOND,
  wakeBudgetMs: 2 * SECOND,
  providerTimeoutMs: 10 * SECOND,
  leaseMs: 45 * SECOND,
  /** The shortest that a stage may have. */
  unknownDeadlineMs: 45 * SECOND,
  countLagMs: 45 * SECOND,
  recheckMs: 10 * SECOND,
  outboxGraceMs: 20 * SECOND,
  firstClaimMs: 120 * SECOND,
  wakeIntervalMs: 15 * SECOND,
  wakeRoundMs: 52 * SECOND,
  wakeTimeoutMs: 60 * SECOND,
  relayTimeoutMs: 30 * SECOND,
  feedbackTimeoutMs: 10 * SECOND,
  collectTimeoutMs: 30 * SECOND,
  /** As in the stack: longer than the minute after which it starts again. */
  redriveTimeoutMs: 90 * SECOND,
  /** As a deployed stage has it: longer than all receives of a message take. */
  redriveWaitMs: 1200 * SECOND,
  /** How long a queue keeps a message that waits for something that is away. */
  retentionMs: 4 * 24 * 3600 * SECOND,
  storeTimeoutMs: 1500,
  /** Two clocks differ by twice this at most; the in-flight bound has to allow for it. */
  skewMs: 900,
} as const;

/** Both are shorter than an outage of a provider may be. */
export const PROCESS_TIMES = { reminderAfterMs: 300 * SECOND, afterMinutes: 5 } as const;

/** As a deployed stage has it, in times that a simulation gets through. */
export const CIRCUIT: CircuitSettings = {
  windowMs: 120 * SECOND,
  leastRefused: 5,
  refusedShare: 0.5,
  firstProbeMs: 15 * SECOND,
  longestProbeMs: 120 * SECOND,
  probeLeaseMs: TIMES.leaseMs,
  longestWaitMs: 300 * SECOND,
  believedMs: 5 * SECOND,
};

export type FeedTimes = {
  /** How long a provider may still work on a call that was given up. */
  inFlightMs: number;
  /** How long an event may take to reach the feed's queue: the assumption of a resend. */
  marginMs: number;
  holdAfterMs: number;
  /** Beyond a lease and everything that settles what it leaves: what thaws then has lost every right that it had. */
  longestFreezeMs: number;
};

/**
 * Two stages, for times cover for each other: where the counts of a queue lag longer than a provider works on what
 * was given up, waiting for the ones is waiting for the other. In production it is the other way round.
 */
export const FEEDS = {
  brisk: {
    inFlightMs: 20 * SECOND,
    marginMs: 120 * SECOND,
    holdAfterMs: 900 * SECOND,
    longestFreezeMs: 480 * SECOND,
  },
  patient: {
    inFlightMs: 120 * SECOND,
    marginMs: 300 * SECOND,
    holdAfterMs: 1800 * SECOND,
    longestFreezeMs: 900 * SECOND,
  },
} as const satisfies Record<string, FeedTimes>;
export type FeedName = keyof typeof FEEDS;

export const WAKE_RATE_PER_SECOND = 100;
