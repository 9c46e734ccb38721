import type { Channel } from '#shared/names.ts';
import { randomOf } from '#test/support/harness/random.ts';
import type { FeedName } from './settings.ts';

/** A window of the run, in simulated time. */
export type Window = { from: number; until: number };

/** @param now epoch milliseconds; a window does not include its end. */
export const isWithin = (window: Window | undefined, now: number): boolean =>
  window !== undefined && now >= window.from && now < window.until;

/** A window in which a faulty release is deployed. From `fixedFrom` on, half of the environments have its fix. */
export type FaultyTime = Window & { fixedFrom: number };

/** Conditions of a whole run. */
export type Conditions = {
  /** The fast lane is disabled, broken or throttled. Stream records older than a day are gone. */
  relayOutage?: Window;
  /** Environments of two releases run side by side. */
  release?: Window;
  /** The feed stalls, and then delivers all events in order. */
  feedStall?: Window;
  /** No event takes longer than the margin. */
  feedKeepsMargin: boolean;
  /** Which delays are long and which are short. */
  feed: FeedName;
} & FurtherConditions;

/** Conditions that not every run has. A run without any of them is a `plain` one. */
export type FurtherConditions = {
  /** Longest time that an index entry stays behind its row. */
  indexLagMs?: number;
  /** Longest time until a tenant's log shows a notification. */
  logLagMs?: number;
  /** Longest time until a Query sees all rows of a transaction. */
  halfSeenMs?: number;
  /** No connection to these providers can be established. */
  connectOutage?: Window & { channels: readonly Channel[] };
  /** The providers refuse everything that the account sends. */
  accountPause?: Window & { channels: readonly Channel[] };
  /** The functions that record feedback cannot use the table: a lost permission or a disabled key. */
  feedbackOutage?: Window;
  /** The e-mail provider reports the outcome of each recipient. */
  reportsOutcomes?: true;
  /** Callers send messages of their own, cancel notifications and erase personal data. */
  people?: true;
  /** Our functions fail at some of their messages in this time, and operators redrive or discard what was given up. */
  operators?: FaultyTime;
  /** Orders are confirmed, approved and cancelled, with reminders, approvals and fallbacks. */
  processes?: true;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CHANNELS: readonly (readonly Channel[])[] = [['email'], ['sms'], ['email', 'sms']];

/** @param start epoch milliseconds of the run. @param plain without further conditions. */
export function conditionsOf(seed: number, start: number, plain: boolean): Conditions {
  const conditions = { ...firstConditions(seed, start), ...(plain ? {} : furtherConditions(seed, start)) };
  // A draw of its own, so that the other conditions of a seed stay the same. An erasure would end the processes.
  const processes = !plain && !conditions.people && randomOf(seed, 'processes').chance(0.4);
  const hasOperators = !plain && randomOf(seed, 'operators').chance(0.2);
  return {
    ...conditions,
    ...(processes && { processes }),
    ...(hasOperators && { operators: timeOfFaultyCode(seed, start) }),
  };
}

/** When our functions fail at some of their messages, so that operators have something to do. */
export function timeOfFaultyCode(seed: number, start: number): FaultyTime {
  const draws = randomOf(seed, 'faulty code');
  const from = start + draws.between(0, MINUTE);
  const fixedFrom = from + draws.between(2 * MINUTE, draws.pick([10 * MINUTE, 45 * MINUTE]));
  return { from, fixedFrom, until: fixedFrom + draws.pick([0, 10 * MINUTE]) };
}

function firstConditions(seed: number, start: number): Conditions {
  const draws = randomOf(seed, 'weather');
  const minute = (least: number, most: number): number => start + draws.between(least, most) * MINUTE;
  const conditions: Conditions = {
    feedKeepsMargin: !draws.chance(0.1),
    feed: randomOf(seed, 'feed').chance(0.5) ? 'brisk' : 'patient',
  };
  if (draws.chance(0.1)) {
    const from = minute(0, 2);
    // Sometimes for days, which is longer than the stream retains records.
    conditions.relayOutage = { from, until: from + (draws.chance(0.05) ? 2 * 24 * 60 : draws.between(5, 60)) * MINUTE };
  }
  if (draws.chance(0.1)) {
    const from = minute(0, 3);
    conditions.feedStall = { from, until: from + draws.between(2, 12) * MINUTE };
  }
  if (draws.chance(0.15)) conditions.release = { from: minute(0, 2), until: minute(6, 20) };
  return conditions;
}

function furtherConditions(seed: number, start: number): FurtherConditions {
  const draws = randomOf(seed, 'further weather');
  // Half of the runs are plain, to find rare combinations of the other faults.
  if (draws.chance(0.5)) return {};
  const from = start + draws.between(0, 120) * 1000;
  const window = (most: number): Window => ({ from, until: from + draws.between(MINUTE, most) });
  return {
    ...(draws.chance(0.4) && {
      indexLagMs: draws.pick([5000, MINUTE, 10 * MINUTE, draws.chance(0.2) ? 2 * HOUR : MINUTE]),
    }),
    ...(draws.chance(0.12) && { logLagMs: draws.pick([5000, MINUTE, 10 * MINUTE]) }),
    ...(draws.chance(0.4) && { halfSeenMs: draws.pick([2000, MINUTE, 20 * MINUTE]) }),
    ...(draws.chance(0.3) && { connectOutage: { ...window(20 * MINUTE), channels: draws.pick(CHANNELS) } }),
    ...(draws.chance(0.06) && { accountPause: { ...window(6 * HOUR), channels: draws.pick(CHANNELS) } }),
    ...(draws.chance(0.04) && { feedbackOutage: window(3 * HOUR) }),
    ...(draws.chance(0.7) && { reportsOutcomes: true as const }),
    ...(draws.chance(0.6) && { people: true as const }),
  };
}
