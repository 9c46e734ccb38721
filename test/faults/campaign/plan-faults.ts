import { FUNCTION } from '#shared/names.ts';
import type { FaultRule } from '#test/support/control.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { CALLS, type FaultKind, type FunctionCall, faultsOf } from './calls.ts';
import { outagesIn } from './plan-operators.ts';

/** The faults and the behaviour of the providers on the running stage, until the next change. */
export type Conditions = { faultSeed: number; rules: FaultRule[]; sink: SinkBehaviour };
export type Phase = Conditions & { fromOrder: number };
export type SinkBehaviour = {
  ratePerSecond: number;
  refusedRecipients: string[];
  outcomes: Record<string, 'bounced'>;
  events: Record<'Send' | 'Delivery' | 'Bounce', FeedBehaviour>;
};

type FeedBehaviour = { delayMs?: number; copies?: number; reorder?: boolean };

/** Endings of addresses and numbers that the providers reject. */
export const REFUSED = { email: '@refused.example', sms: '0000' } as const;
/** Ending of addresses whose e-mail is accepted and bounces permanently. */
export const BOUNCED = '@bounced.example';

/** With this number of phases, every fault hits every call once. */
const PHASES_A_CYCLE = Math.max(...CALLS.map((call) => faultsOf(call).length));
/** Number of orders for each cycle; there is at least one cycle. */
const ORDERS_A_CYCLE = 1000;
/** `HITS` are for a phase with this number of orders. */
const ORDERS_FOR_HITS = 125;
/** One for each fault that leaves a call done: after such a fault, the feed is not probed again. */
export const LULLS = 3;

/** Each call has its own order of faults, and meets the next one in each phase. */
export function phasesOf(seed: number, orders: number): Phase[] {
  const count = PHASES_A_CYCLE * Math.max(1, Math.round(orders / ORDERS_A_CYCLE));
  const perPhase = orders / count;
  const sequences = CALLS.map((call) => shuffled(faultsOf(call), randomOf(seed, `faults of ${JSON.stringify(call)}`)));
  const random = randomOf(seed, 'phases');
  return Array.from({ length: count }, (_, index) => ({
    fromOrder: Math.floor(index * perPhase),
    faultSeed: random.between(0, 2 ** 31),
    rules: [
      // The first rule that applies to a call counts, so an outage is complete.
      ...outagesIn(index % PHASES_A_CYCLE),
      ...CALLS.flatMap((call, position) => {
        const rules = rulesFor(call, turnedBy(index, sequences[position] ?? []), perPhase, random);
        return isSpared(call, Math.floor(index / PHASES_A_CYCLE)) ? [] : rules;
      }),
    ],
    sink: sinkOf(index),
  }));
}

/**
 * In every other cycle, the function that reads the feed meets no faults. After a crash, an event is received again
 * after a minute, and until then missing evidence must not count as *not sent*. With constant faults, nothing would
 * ever be resent.
 */
const isSpared = (call: FunctionCall, cycle: number): boolean =>
  call.function === FUNCTION.recordEmailFeedback && cycle % 2 === 1;

/** Hits in a phase. A crash affects more than one call, and the environment has to start again. */
const HITS: Record<FaultKind, number> = {
  refuse: 16,
  throttle: 16,
  error: 14,
  'lose-response': 14,
  delay: 12,
  'transaction-conflict': 16,
  'kill-before': 5,
  'kill-after': 5,
};
/** Conflicts of a rare call: the state is read again only after a conflict. */
const CONFLICTS = 3;
/** Some calls pass, so that faults also hit later calls and the repetition of a call that was hit. */
const PROBABILITY = 0.35;
/**
 * Milliseconds: shorter than every timeout; longer than the timeout of DynamoDB's clients; longer than the providers'
 * timeout, but within the time in which they may still work on a call (`providerTimeoutSeconds` and
 * `providerInFlightSeconds` of stage `local`).
 */
const DELAYS_MS = [400, 2200, 3500];

/**
 * A call meets one kind of fault in each phase. A rare call may not happen in the phase of a certain kind, so it meets
 * every kind once in each phase, beginning with the kind of the phase.
 */
function rulesFor(call: FunctionCall, faults: FaultKind[], ordersPerPhase: number, random: Random): FaultRule[] {
  const [first] = faults;
  if (call.rare)
    return (call.once ? undoneFirst(faults) : faults).map((fault) => ({
      ...ruleFor(call, fault, 0, random),
      times: fault === 'transaction-conflict' ? CONFLICTS : 1,
    }));
  return first ? [ruleFor(call, first, call.few ? 0 : ordersPerPhase, random)] : [];
}

/** Faults that leave the call undone come first: a call that succeeds only once cannot be hit again after it is done. */
const undoneFirst = (faults: readonly FaultKind[]): FaultKind[] =>
  faults.toSorted((one, other) => Number(leavesDone(one)) - Number(leavesDone(other)));

const leavesDone = (fault: FaultKind): boolean => ['lose-response', 'delay', 'kill-after'].includes(fault);

function turnedBy<Value>(count: number, values: readonly Value[]): Value[] {
  const from = count % Math.max(1, values.length);
  return [...values.slice(from), ...values.slice(0, from)];
}

function ruleFor(call: FunctionCall, fault: FaultKind, ordersPerPhase: number, random: Random): FaultRule {
  const { rare: isRare, few: _few, once: _once, ...called } = call;
  const times = Math.max(isDeath(fault) ? 1 : 3, Math.round((HITS[fault] * ordersPerPhase) / ORDERS_FOR_HITS));
  return {
    ...called,
    fault,
    times,
    ...(!isRare && { probability: PROBABILITY }),
    ...(fault === 'delay' && { delayMs: random.pick(DELAYS_MS) }),
  };
}

const isDeath = (fault: FaultKind): boolean => fault.startsWith('kill-');

export function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  const remaining = [...values];
  return values.map(() => remaining.splice(random.between(0, remaining.length - 1), 1)[0] as Value);
}

/** Behaviour of the provider's feed in each phase; always within its margin of 5 seconds on stage `local`. */
const FEEDS: FeedBehaviour[] = [
  {},
  { delayMs: 2000 },
  { copies: 3 },
  { reorder: true },
  { delayMs: 1000, copies: 2, reorder: true },
];

export function sinkOf(index: number): SinkBehaviour {
  const feed = FEEDS[index % FEEDS.length] ?? {};
  // Every kind of event is evidence, so a delay of one kind alone would not make the evidence late.
  const events = { Send: feed, Delivery: feed, Bounce: feed };
  // The rate limit of the stage's senders. Calls beyond it are throttled.
  const outcomes = { [BOUNCED]: 'bounced' } as const;
  return { ratePerSecond: 14, refusedRecipients: Object.values(REFUSED), outcomes, events };
}

/** No injected faults; the providers still reject the recipients in `REFUSED`. */
export const WITHOUT_FAULTS: Conditions = { faultSeed: 0, rules: [], sink: sinkOf(0) };

/** Each fault once; every lull has a part of them. */
export function oncePerFault(call: FunctionCall, lull: number, random: Random): FaultRule[] {
  return undoneFirst(faultsOf(call))
    .filter((_, position) => position % LULLS === lull % LULLS)
    .map((fault) => ({ ...ruleFor({ ...call, rare: true }, fault, 0, random), times: 1 }));
}
