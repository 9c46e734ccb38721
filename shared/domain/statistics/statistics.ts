import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { Channel } from '#shared/names.ts';
import { deliveredMoment, sentMoment, startOf } from '../notification/durations.ts';
import type { Notification } from '../notification/notification.ts';
import { outcomeCounts } from '../notification/outcomes.ts';

/** How long something took: enough to tell mean, longest, and shares of any size. Two of them add up to one. */
export type Spread = {
  count: number;
  sumMs: number;
  maxMs: number;
  /** By step: durations of at most `2 ** (step / 4)` milliseconds, and more than the step before. */
  steps: Readonly<Record<string, number>>;
};

/** What is counted of some notifications. A pure function of their rows: counted again, it is the same. */
export type Figures = {
  created: number;
  /** By what they are now. */
  statuses: Readonly<Record<string, number>>;
  attempts: number;
  doubled: number;
  /** Of recipients, by what was told of them; of whom nothing was told is not among them. */
  outcomes: Readonly<Record<string, number>>;
  /** From when it could be sent until a provider took it. */
  toSent: Spread;
  /** From when it could be sent until the last who has it got it. */
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

/** Of one notification. */
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

/** Of both together. */
export const added = (one: Figures, other: Figures): Figures => ({
  created: one.created + other.created,
  statuses: addedCounts(one.statuses, other.statuses),
  attempts: one.attempts + other.attempts,
  doubled: one.doubled + other.doubled,
  outcomes: addedCounts(one.outcomes, other.outcomes),
  toSent: addedSpreads(one.toSent, other.toSent),
  toDelivered: addedSpreads(one.toDelivered, other.toDelivered),
});

export const addedChannels = (one: ChannelFigures, other: ChannelFigures): ChannelFigures => ({
  ...one,
  ...Object.fromEntries(
    Object.entries(other).map(([channel, figures]) => [channel, added(one[channel as Channel] ?? NO_FIGURES, figures)]),
  ),
});

/** What a spread says. A share's duration is told to the step: it is at most a fifth longer than it was. */
export type SpreadSummary = { count: number; meanMs: number; medianMs: number; p95Ms: number; maxMs: number };

/** undefined: nothing was measured. */
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

/** Within how many milliseconds so large a share of them was done. */
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
