/** A stage in small: the proportions of a deployed one, in times that a simulation gets through. */
const SECOND = 1000;
export const TIMES = {
  commandTimeoutMs: 10 * SECOND,
  commandBudgetMs: 5 * SECOND,
  clientTimeoutMs: 8 * SECOND,
  senderTimeoutMs: 30 * SECOND,
  senderBudgetMs: 4 * SECOND,
  providerTimeoutMs: 10 * SECOND,
  leaseMs: 45 * SECOND,
  /** The shortest that a stage may have. */
  unknownDeadlineMs: 45 * SECOND,
  /** How long a provider may still work on a call that was given up. */
  inFlightMs: 20 * SECOND,
  /** How long an event may take to reach the feed's queue: the assumption of a resend. */
  marginMs: 120 * SECOND,
  countLagMs: 45 * SECOND,
  holdAfterMs: 900 * SECOND,
  recheckMs: 10 * SECOND,
  outboxGraceMs: 20 * SECOND,
  firstClaimMs: 120 * SECOND,
  wakeIntervalMs: 15 * SECOND,
  wakeRoundMs: 52 * SECOND,
  wakeTimeoutMs: 60 * SECOND,
  relayTimeoutMs: 30 * SECOND,
  feedbackTimeoutMs: 10 * SECOND,
  storeTimeoutMs: 1500,
  /** Two clocks differ by twice this at most; the in-flight bound has to allow for it. */
  skewMs: 900,
} as const;

export const WAKE_RATE_PER_SECOND = 100;
