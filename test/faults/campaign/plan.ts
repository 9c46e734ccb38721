import { type Channel, FUNCTION } from '#shared/names.ts';
import type { FaultRule } from '#test/support/control.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { CALLS, type FaultKind, type FunctionCall, faultsOf } from './calls.ts';

/** What a campaign will do. The same seed and number of orders give the same plan; the times depend on the machine. */
export type Plan = {
  /** Placed during the phases. */
  orders: PlannedOrder[];
  phases: Phase[];
  kills: Kill[];
  /** After the phases: there are so few events that only probes show whether the feed moves. */
  lulls: Lull[];
};

export type PlannedOrder = {
  number: number;
  tenant: 'acme' | 'globex';
  /** The other tenant, which must not see the order. */
  stranger: 'acme' | 'globex';
  channels: Channel[];
  /** The provider will reject its recipients. */
  refused: boolean;
  /** Its customer is registered first, and the order names the customer instead of a contact. */
  byCustomer: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request once more, so many orders later; 0: never. */
  againAfter: number;
  /** Another body under the same key: with the first or after it. */
  changed: 'never' | 'at-once' | 'later';
  /** The other tenant tries to read it. */
  readByStranger: boolean;
  /** Items that are added, all at once. */
  items: { twice: boolean; againAfter: number }[];
  /** An item that is refused, under two bodies at once. */
  tooMuch: boolean;
  /** What becomes of it once its items are answered, one after the other. */
  steps: readonly Step[];
  /** The direct notification of the same client. */
  message?: PlannedMessage;
};

export type Step = 'confirm' | 'approve' | 'cancel';

export type PlannedMessage = {
  channel: Channel;
  /** Number of recipients; a text message has one. */
  people: 1 | 2;
  /** Delay until it is to be sent; 0: immediately. */
  aheadMs: number;
  /** It is cancelled twice at the same time, as by two people. */
  cancelled: boolean;
  /** It has a file. */
  attached: boolean;
  /** The provider accepts it, and it bounces. */
  bounced: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request once more, so many orders later; 0: never. */
  againAfter: number;
};

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

export const KILLED = ['cloud', 'dynamodb', 'messaging'] as const;
export type Killed = (typeof KILLED)[number];
/** `delayMs` after this number of orders is answered, the process gets SIGKILL. */
export type Kill = { afterOrder: number; delayMs: number; killed: Killed };

export type Lull = Conditions & { orders: PlannedOrder[] };

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
const LULL_ORDERS = 4;
/** Share of the orders with a direct notification. */
const MESSAGES_AN_ORDER = 0.25;
/** One for each fault that leaves a call done: after such a fault, the feed is not probed again. */
const LULLS = 3;
/** Shorter campaigns have no time for lulls. */
const ORDERS_FOR_LULLS = 500;
/** One process is killed for this number of orders, and at least three in total. */
const ORDERS_A_KILL = 80;

export type CampaignSize = { seed: number; orders: number };

export function planOf({ seed, orders: count }: CampaignSize): Plan {
  const lulls = count < ORDERS_FOR_LULLS ? 0 : LULLS;
  const underFaults = count - lulls * LULL_ORDERS;
  const random = randomOf(seed, 'order');
  const ofMessages = randomOf(seed, 'message');
  const ofSteps = randomOf(seed, 'steps');
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    orders: numbers.slice(0, underFaults).map((number) => orderOf(number, random, ofMessages, ofSteps)),
    phases: phasesOf(seed, underFaults),
    kills: killsOf(seed, underFaults),
    lulls: Array.from({ length: lulls }, (_, lull) => {
      const from = underFaults + lull * LULL_ORDERS;
      return lullOf(seed, lull, numbers.slice(from, from + LULL_ORDERS));
    }),
  };
}

/** Most orders stay placed, so that items can be added until the end. */
const LIVES: readonly (readonly Step[])[] = [[], [], [], ['confirm', 'approve'], ['confirm', 'cancel'], ['cancel']];

function orderOf(number: number, random: Random, ofMessages: Random, ofSteps: Random): PlannedOrder {
  const tenant = random.pick(['acme', 'globex'] as const);
  const once = () => repeatedBy(random);
  const message = ofMessages.chance(MESSAGES_AN_ORDER) ? messageOf(ofMessages) : undefined;
  return {
    number,
    tenant,
    stranger: tenant === 'acme' ? 'globex' : 'acme',
    channels: number % 5 === 0 ? ['email', 'sms'] : ['email'],
    refused: random.chance(0.02),
    byCustomer: number % 4 === 2,
    ...once(),
    changed: random.chance(0.1) ? random.pick(['at-once', 'later'] as const) : 'never',
    readByStranger: random.chance(0.1),
    items: random.chance(0.25) ? Array.from({ length: random.between(1, 3) }, once) : [],
    tooMuch: random.chance(0.03),
    steps: ofSteps.pick(LIVES),
    ...(message && { message }),
  };
}

const repeatedBy = (random: Random) => ({
  twice: random.chance(0.2),
  againAfter: random.chance(0.15) ? random.between(20, 200) : 0,
});

/** Most cancelled messages have a later send time: the others are usually sent before the cancellation arrives. */
function messageOf(random: Random): PlannedMessage {
  const channel = random.chance(0.2) ? 'sms' : 'email';
  const isEmail = channel === 'email';
  const cancelled = isEmail && random.chance(0.3);
  return {
    channel,
    people: isEmail && random.chance(0.3) ? 2 : 1,
    aheadMs: random.chance(cancelled ? 0.8 : 0.2) ? random.between(2000, 8000) : 0,
    cancelled,
    attached: isEmail && random.chance(0.5),
    bounced: isEmail && random.chance(0.2),
    ...repeatedBy(random),
  };
}

// ── Faults ────────────────────────────────────────────────────────────────────────────────────────

/** Each call has its own order of faults, and meets the next one in each phase. */
function phasesOf(seed: number, orders: number): Phase[] {
  const count = PHASES_A_CYCLE * Math.max(1, Math.round(orders / ORDERS_A_CYCLE));
  const perPhase = orders / count;
  const sequences = CALLS.map((call) => shuffled(faultsOf(call), randomOf(seed, `faults of ${JSON.stringify(call)}`)));
  const random = randomOf(seed, 'phases');
  return Array.from({ length: count }, (_, index) => ({
    fromOrder: Math.floor(index * perPhase),
    faultSeed: random.between(0, 2 ** 31),
    rules: CALLS.flatMap((call, position) => {
      const rules = rulesFor(call, turnedBy(index, sequences[position] ?? []), perPhase, random);
      return isSpared(call, Math.floor(index / PHASES_A_CYCLE)) ? [] : rules;
    }),
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

function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
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

function sinkOf(index: number): SinkBehaviour {
  const feed = FEEDS[index % FEEDS.length] ?? {};
  // Every kind of event is evidence, so a delay of one kind alone would not make the evidence late.
  const events = { Send: feed, Delivery: feed, Bounce: feed };
  // The rate limit of the stage's senders. Calls beyond it are throttled.
  const outcomes = { [BOUNCED]: 'bounced' } as const;
  return { ratePerSecond: 14, refusedRecipients: Object.values(REFUSED), outcomes, events };
}

/** No injected faults; the providers still reject the recipients in `REFUSED`. */
export const WITHOUT_FAULTS: Conditions = { faultSeed: 0, rules: [], sink: sinkOf(0) };

// ── Kills ─────────────────────────────────────────────────────────────────────────────────────────

/** Spread over the campaign; the whole cloud is killed as often as each engine. */
function killsOf(seed: number, orders: number): Kill[] {
  const random = randomOf(seed, 'kills');
  const count = Math.max(KILLED.length, Math.floor(orders / ORDERS_A_KILL));
  const share = orders / (count + 1);
  const killed = shuffled(
    Array.from({ length: count }, (_, index) => KILLED[index % KILLED.length] as Killed),
    random,
  );
  return killed.map((one, index) => ({
    afterOrder: Math.floor(share * (index + 0.5 + random.fraction() / 2)),
    delayMs: random.between(0, 300),
    killed: one,
  }));
}

// ── Lulls ─────────────────────────────────────────────────────────────────────────────────────────

/** Only e-mails with unknown outcomes: each probe of the feed, and each call that belongs to it, meets a fault. */
function lullOf(seed: number, lull: number, numbers: number[]): Lull {
  const random = randomOf(seed, `lull ${lull}`);
  const plain = {
    refused: false,
    byCustomer: false,
    twice: false,
    againAfter: 0,
    readByStranger: false,
    tooMuch: false,
    steps: [],
  };
  const orders = numbers.map((number): PlannedOrder => {
    const parties = { tenant: 'acme', stranger: 'globex' } as const;
    return { ...parties, ...plain, number, channels: ['email'], changed: 'never', items: [] };
  });
  const unknown: FaultRule = {
    function: FUNCTION.sendEmail,
    service: 'sesv2',
    operation: 'SendEmail',
    fault: 'error',
    times: orders.length,
  };
  const rareCalls = CALLS.filter(
    (call) => call.function === FUNCTION.wakeDue && call.rare && call.operation !== 'UpdateItem',
  );
  return {
    orders,
    faultSeed: random.between(0, 2 ** 31),
    rules: [unknown, ...rareCalls.flatMap((call) => oncePerFault(call, lull, random))],
    sink: sinkOf(0),
  };
}

/** Each fault once; every lull has a part of them. */
function oncePerFault(call: FunctionCall, lull: number, random: Random): FaultRule[] {
  return undoneFirst(faultsOf(call))
    .filter((_, position) => position % LULLS === lull % LULLS)
    .map((fault) => ({ ...ruleFor({ ...call, rare: true }, fault, 0, random), times: 1 }));
}
