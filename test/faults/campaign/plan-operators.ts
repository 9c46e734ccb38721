import { FUNCTION } from '#shared/names.ts';
import type { FaultRule } from '#test/support/control.ts';
import type { EarlyFailure } from '#test/support/early-failures.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';

/** What operators of a campaign do, and what they have to do with: subscribers that fail for a while, and poison. */

/** The next task of a person. Each person does one after the other, several persons work at the same time. */
export type PlannedShift = {
  /** After this number of orders is answered. */
  afterOrder: number;
  number: number;
  person: number;
  /** Each request twice at once. */
  twice: boolean;
  task: PlannedRedrive | PlannedPause | { kind: 'discard' } | { kind: 'own' };
};

export type PlannedRedrive = {
  kind: 'redrive';
  selects: 'all' | 'group' | 'ids';
  ratePerSecond: number;
  canary: readonly number[];
  stopAbove: number;
  /** It asks for the plan first, and keeps nothing. */
  dryRun: boolean;
  /** It is paused after this time, for that time. */
  pause?: { afterMs: number; forMs: number };
  /** It is stopped after this time. */
  stopAfterMs?: number;
};

/** A subscriber is paused, and resumed after this time. */
export type PlannedPause = { kind: 'pause'; subscriber: string; forMs: number };

/** A text that no subscriber can read, from another program that may send to the queue. */
export type PlannedPoison = { afterOrder: number; subscriber: string; text: string; reason: 'NOT_JSON' | 'MALFORMED' };

/** Shorter than on stage `local`: a redrive does not wait for a minute for a message that came to a crash. */
export const REDRIVE_WAIT_SECONDS = 20;

const CRASHES_COUNT = { receives: 2, visibilitySeconds: 15 };
/** Its first failure returns a message after five seconds. A second one is the last. */
const RETURNS_COUNT = { returnedForSeconds: 4, visibilitySeconds: 15 };

/** Subscribers that give up early, by crashes or because a dependency is unavailable. The others are as on every stage. */
export const EARLY_FAILURES: readonly EarlyFailure[] = [
  { subscriber: FUNCTION.projectOrders, ...CRASHES_COUNT, receives: 1 },
  { subscriber: FUNCTION.sendEmail, ...CRASHES_COUNT },
  { subscriber: FUNCTION.sendSms, ...CRASHES_COUNT },
  { subscriber: FUNCTION.postWebhook, ...CRASHES_COUNT },
  { subscriber: FUNCTION.requestWebhooks, ...RETURNS_COUNT },
  { subscriber: FUNCTION.runProcess, ...RETURNS_COUNT },
  { subscriber: FUNCTION.projectStatistics, ...RETURNS_COUNT },
];

/** A subscriber whose every call fails in some phases: it crashes, or the table refuses its writes. */
const OUTAGES: readonly { phases: readonly number[]; rule: FaultRule }[] = [
  {
    phases: [0, 1, 2],
    rule: {
      function: FUNCTION.requestWebhooks,
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      fault: 'throttle',
    },
  },
  {
    phases: [1, 4],
    rule: {
      function: FUNCTION.projectOrders,
      service: 'dynamodb',
      operation: 'UpdateItem',
      fault: 'kill-before',
      times: 3,
    },
  },
  {
    phases: [3, 4, 5],
    rule: { function: FUNCTION.runProcess, service: 'dynamodb', operation: 'TransactWriteItems', fault: 'throttle' },
  },
];

/** @param phase of a cycle, from 0. */
export const outagesIn = (phase: number): FaultRule[] =>
  OUTAGES.flatMap(({ phases, rule }) => (phases.includes(phase) ? [rule] : []));

/** Two persons redrive, one keeps the groups, and one pauses subscribers. */
const PERSONS = ['redrive', 'redrive', 'keep', 'pause'] as const;
const ORDERS_A_SHIFT = 150;
const LEAST_SHIFTS = 2;

export function shiftsOf(seed: number, orders: number): PlannedShift[] {
  const random = randomOf(seed, 'operators');
  const count = Math.max(LEAST_SHIFTS, Math.floor(orders / ORDERS_A_SHIFT));
  const shifts = PERSONS.flatMap((person, at) => {
    const own = person === 'keep' ? 2 * count : count;
    return Array.from({ length: own }, (_, index) => ({
      afterOrder: Math.floor((orders / own) * (index + 0.4 + at / 20)),
      person: at + 1,
      twice: random.chance(0.5),
      task: taskOf(person, index + at, random),
    }));
  });
  return shifts.map((shift, index) => ({ ...shift, number: index + 1 }));
}

function taskOf(person: (typeof PERSONS)[number], index: number, random: Random): PlannedShift['task'] {
  if (person === 'redrive') return redriveOf(index, random);
  if (person === 'keep') return { kind: index % 2 === 0 ? 'own' : 'discard' };
  return { kind: 'pause', subscriber: random.pick(PAUSED), forMs: random.between(1000, 6000) };
}

/** Of three redrives, one is paused and resumed, and one is stopped. */
function redriveOf(index: number, random: Random): PlannedRedrive {
  return {
    kind: 'redrive',
    selects: random.pick(['all', 'all', 'group', 'ids'] as const),
    ratePerSecond: random.between(2, 20),
    canary: random.pick([[], [1], [1, 10, 100], [2, 5]]),
    stopAbove: random.pick([0.1, 0.5, 1]),
    dryRun: random.chance(0.5),
    ...(index % 3 === 0 && { pause: { afterMs: random.between(0, 2000), forMs: random.between(0, 3000) } }),
    ...(index % 3 === 1 && { stopAfterMs: random.between(0, 4000) }),
  };
}

/** Not those of providers' events: missing evidence would hold e-mails. */
const PAUSED: readonly string[] = [
  FUNCTION.projectOrders,
  FUNCTION.projectStatistics,
  FUNCTION.requestWebhooks,
  FUNCTION.runProcess,
  FUNCTION.releaseAttachments,
  FUNCTION.postWebhook,
  FUNCTION.sendEmail,
  FUNCTION.sendSms,
];

const ORDERS_A_POISON = 20;
const LEAST_POISON = 4;

export function poisonOf(seed: number, orders: number): PlannedPoison[] {
  const random = randomOf(seed, 'poison');
  const count = Math.max(LEAST_POISON, Math.floor(orders / ORDERS_A_POISON));
  return Array.from({ length: count }, (_, index) => {
    const isJson = index % 2 === 1;
    const text = `poison ${index + 1} of seed ${seed}`;
    return {
      afterOrder: Math.floor((orders / count) * (index / 2)),
      subscriber: random.pick(PAUSED),
      text: isJson ? JSON.stringify({ text }) : text,
      reason: isJson ? 'MALFORMED' : 'NOT_JSON',
    };
  });
}
