import type { Channel } from '#shared/names.ts';
import { deliveredMoment, sentMoment, startOf } from '#shared/notification/durations.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { outcomeCounts } from '#shared/notification/outcomes.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';

/** A distribution of durations, enough for mean, maximum and percentiles. Two of them can be added. */
export type Spread = {
  count: number;
  sumMs: number;
  maxMs: number;
  /** A histogram: step n counts durations of at most `2 ** (n / 4)` milliseconds that exceed the step before. */
  steps: Readonly<Record<string, number>>;
};

/** The figures of some notifications. A pure function of their rows: counting again gives the same result. */
export type Figures = {
  created: number;
  /** By current status. */
  statuses: Readonly<Record<string, number>>;
  attempts: number;
  doubled: number;
  /** Recipients by reported outcome. Recipients without a reported outcome are not counted. */
  outcomes: Readonly<Record<string, number>>;
  /** From the earliest time it could be sent until a provider accepted it. */
  toSent: Spread;
  /** From the earliest time it could be sent until the last known delivery. */
  toDelivered: Spread;
};

export type ChannelFigures = Partial<Record<Channel, Figures>>;

const NO_SPREAD: Spread = { count: 0, sumMs: 0, maxMs: 0, steps: {} };

export const NO_FIGURES: Figures = {
  created: 0,
  statuses: {},
  attempts: 0,
  doubled: 0,
  outcomes: {},
  toSent: NO_SPREAD,
  toDelivered: NO_SPREAD,
};

/** The figures of one notification. */
export function figuresOf(notification: Notification, events: readonly RecipientEvent[]): Figures {
  const { status, attempts, doubled, recipients = [] } = notification;
  const start = startOf(notification);
  const took = (moment: number | undefined): Spread =>
    moment === undefined ? NO_SPREAD : spreadOf(Math.max(0, moment - start));
  return {
    created: 1,
    statuses: { [status]: 1 },
    attempts: attempts.length,
    doubled: doubled ? 1 : 0,
    outcomes: outcomeCounts(events, [...recipients.keys()]),
    toSent: took(sentMoment(notification)),
    toDelivered: took(deliveredMoment(events)),
  };
}

/** The sum of two figures. */
export const added = (one: Figures, other: Figures): Figures => ({
  created: one.created + other.created,
  statuses: addedCounts(one.statuses, other.statuses),
  attempts: one.attempts + other.attempts,
  doubled: one.doubled + other.doubled,
  outcomes: addedCounts(one.outcomes, other.outcomes),
  toSent: addedSpreads(one.toSent, other.toSent),
  toDelivered: addedSpreads(one.toDelivered, other.toDelivered),
});

export function addedChannels(one: ChannelFigures, other: ChannelFigures): ChannelFigures {
  const before: Readonly<Record<string, Figures | undefined>> = one;
  const sums = Object.entries(other).map(([channel, figures]) => [
    channel,
    added(before[channel] ?? NO_FIGURES, figures),
  ]);
  return { ...one, ...Object.fromEntries(sums) };
}

/** The summary of a spread. Percentiles are exact to a histogram step: at most a fifth longer than the true value. */
export type SpreadSummary = { count: number; meanMs: number; medianMs: number; p95Ms: number; maxMs: number };

/** Summarises a spread; undefined: nothing was measured. */
export function summaryOf(spread: Spread): SpreadSummary | undefined {
  const { count, sumMs, maxMs } = spread;
  if (count === 0) return undefined;
  return {
    count,
    meanMs: Math.round(sumMs / count),
    medianMs: shareOf(spread, 0.5),
    p95Ms: shareOf(spread, 0.95),
    maxMs,
  };
}

const STEPS_PER_DOUBLING = 4;

function spreadOf(durationMs: number): Spread {
  const step = Math.ceil(Math.log2(Math.max(1, durationMs)) * STEPS_PER_DOUBLING);
  return { count: 1, sumMs: durationMs, maxMs: durationMs, steps: { [step]: 1 } };
}

/** The percentile: this share of the durations is at most this many milliseconds. */
function shareOf({ count, maxMs, steps }: Spread, share: number): number {
  const wanted = Math.ceil(count * share);
  const inOrder = Object.entries(steps).sort(([one], [other]) => Number(one) - Number(other));
  let seen = 0;
  for (const [step, amount] of inOrder) {
    seen += amount;
    if (seen >= wanted) return Math.min(maxMs, Math.round(2 ** (Number(step) / STEPS_PER_DOUBLING)));
  }
  return maxMs;
}

const addedSpreads = (one: Spread, other: Spread): Spread => ({
  count: one.count + other.count,
  sumMs: one.sumMs + other.sumMs,
  maxMs: Math.max(one.maxMs, other.maxMs),
  steps: addedCounts(one.steps, other.steps),
});

function addedCounts(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
