import { type Channel, FUNCTION } from '#shared/names.ts';
import type { FaultRule } from '#test/support/control.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { CALLS, type FaultKind, type FunctionCall, faultsOf } from './calls.ts';

/** What a campaign will do; the same seed and number of orders make the same plan. When it happens is the machine's. */
export type Plan = {
  /** Placed while the phases go by. */
  orders: PlannedOrder[];
  phases: Phase[];
  kills: Kill[];
  /** After all that: so little happens that only probes show whether the feed moves. */
  lulls: Lull[];
};

export type PlannedOrder = {
  number: number;
  tenant: 'acme' | 'globex';
  /** The other one, which must not see it. */
  stranger: 'acme' | 'globex';
  channels: Channel[];
  /** The provider will refuse its recipients for good. */
  refused: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request once more, so many orders later; 0: never. */
  againAfter: number;
  /** Another body under the same key: with the first or after it. */
  changed: 'never' | 'at-once' | 'later';
  /** A stranger asks for it. */
  snooped: boolean;
  /** Items that are added, all at once. */
  items: { twice: boolean; againAfter: number }[];
  /** An item that is refused, under two bodies at once. */
  tooMuch: boolean;
  /** What the same client has sent in its own words. */
  message?: PlannedMessage;
};

export type PlannedMessage = {
  channel: Channel;
  /** People it is for; a text message is for one. */
  people: 1 | 2;
  /** It is to be sent so much later; 0: at once. */
  aheadMs: number;
  /** It is cancelled: twice at once, as two people would. */
  cancelled: boolean;
  /** It has a file. */
  attached: boolean;
  /** The provider takes it, and it bounces. */
  bounced: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request once more, so many orders later; 0: never. */
  againAfter: number;
};

/** What is done to the running stage, until it is told otherwise. */
export type Weather = { faultSeed: number; rules: FaultRule[]; sink: SinkBehaviour };
export type Phase = Weather & { fromOrder: number };
export type SinkBehaviour = {
  ratePerSecond: number;
  refusedRecipients: string[];
  outcomes: Record<string, 'bounced'>;
  events: Record<'Send' | 'Delivery' | 'Bounce', FeedBehaviour>;
};

type FeedBehaviour = { delayMs?: number; copies?: number; reorder?: boolean };

export const KILLED = ['cloud', 'dynamodb', 'messaging'] as const;
export type Killed = (typeof KILLED)[number];
/** `delayMs` after so many orders were answered, this is sent SIGKILL. */
export type Kill = { afterOrder: number; delayMs: number; killed: Killed };

export type Lull = Weather & { orders: PlannedOrder[] };

/** How addresses and numbers end that the providers refuse. */
export const REFUSED = { email: '@refused.example', sms: '0000' } as const;
/** How addresses end whose mail is taken and bounces for good. */
export const BOUNCED = '@bounced.example';

/** So many phases bring every fault to every call once. */
const PHASES_A_CYCLE = Math.max(...CALLS.map((call) => faultsOf(call).length));
/** A cycle for so many orders, one at least. */
const ORDERS_A_CYCLE = 1000;
/** Hits that each rule may have in a phase of so many orders. */
const ORDERS_FOR_HITS = 125;
const LULL_ORDERS = 4;
/** So many orders have a message in their client's own words beside them. */
const MESSAGES_AN_ORDER = 0.25;
/** As many as there are faults that leave a call done: after one of them, the feed is not probed again. */
const LULLS = 3;
/** Shorter campaigns have no time for lulls. */
const ORDERS_FOR_LULLS = 500;
/** A process is killed every so many orders, three times at least. */
const ORDERS_A_KILL = 80;

export type CampaignSize = { seed: number; orders: number };

export function planOf({ seed, orders: count }: CampaignSize): Plan {
  const lulls = count < ORDERS_FOR_LULLS ? 0 : LULLS;
  const underFaults = count - lulls * LULL_ORDERS;
  const random = randomOf(seed, 'order');
  const ofMessages = randomOf(seed, 'message');
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    orders: numbers.slice(0, underFaults).map((number) => orderOf(number, random, ofMessages)),
    phases: phasesOf(seed, underFaults),
    kills: killsOf(seed, underFaults),
    lulls: Array.from({ length: lulls }, (_, lull) => {
      const from = underFaults + lull * LULL_ORDERS;
      return lullOf(seed, lull, numbers.slice(from, from + LULL_ORDERS));
    }),
  };
}

function orderOf(number: number, random: Random, ofMessages: Random): PlannedOrder {
  const tenant = random.pick(['acme', 'globex'] as const);
  const once = () => repeatedBy(random);
  const message = ofMessages.chance(MESSAGES_AN_ORDER) ? messageOf(ofMessages) : undefined;
  return {
    number,
    tenant,
    stranger: tenant === 'acme' ? 'globex' : 'acme',
    channels: number % 5 === 0 ? ['email', 'sms'] : ['email'],
    refused: random.chance(0.02),
    ...once(),
    changed: random.chance(0.1) ? random.pick(['at-once', 'later'] as const) : 'never',
    snooped: random.chance(0.1),
    items: random.chance(0.25) ? Array.from({ length: random.between(1, 3) }, once) : [],
    tooMuch: random.chance(0.03),
    ...(message && { message }),
  };
}

const repeatedBy = (random: Random) => ({
  twice: random.chance(0.2),
  againAfter: random.chance(0.15) ? random.between(20, 200) : 0,
});

/** Most of what is cancelled was to be sent later: the rest is most often sent before its client has changed its mind. */
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

/** Each call has its faults in an order of its own, and goes through them phase by phase. */
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
      return isLeftAlone(call, Math.floor(index / PHASES_A_CYCLE)) ? [] : rules;
    }),
    sink: sinkOf(index),
  }));
}

/**
 * Every other cycle the feed's reader is left alone. An event that it dies with comes again after a minute, and for
 * so long nobody may take silence for an answer: with faults at it all the time, nothing would ever be sent again.
 */
const isLeftAlone = (call: FunctionCall, cycle: number): boolean =>
  call.function === FUNCTION.recordFeedback && cycle % 2 === 1;

/** Hits in a phase. A death takes more than a call with it, and its environment has to start again. */
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
/** Of a call that happens seldom: what it lost to is read only after one. */
const CONFLICTS = 3;
/** Some calls pass, so that faults hit others than the first, and the repetition of a call that was hit. */
const PROBABILITY = 0.35;
/**
 * Milliseconds: within every client's patience; beyond that of the clients of DynamoDB; beyond the providers'
 * timeout, but within the time that they may still work on a call (`providerTimeoutSeconds` and
 * `providerInFlightSeconds` of stage `local`).
 */
const DELAYS_MS = [400, 2200, 3500];

/**
 * One kind for a call in a phase, the next one in the next. A call that happens seldom may not happen in the phase
 * whose turn it is: it meets every kind in each phase, once, beginning with the one whose turn it is.
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

/** What is done is not there to be hit once more, where it happens once in a table's life or where once is enough. */
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
  const left = [...values];
  return values.map(() => left.splice(random.between(0, left.length - 1), 1)[0] as Value);
}

/** What the provider's feed does, phase by phase; always well within its margin of 5 seconds on stage `local`. */
const FEEDS: FeedBehaviour[] = [
  {},
  { delayMs: 2000 },
  { copies: 3 },
  { reorder: true },
  { delayMs: 1000, copies: 2, reorder: true },
];

function sinkOf(index: number): SinkBehaviour {
  const feed = FEEDS[index % FEEDS.length] ?? {};
  // Every event is evidence, so that one kind alone would not be late at all.
  const events = { Send: feed, Delivery: feed, Bounce: feed };
  // As much as the senders of the stage pace themselves to: what they send beyond it is throttled.
  const outcomes = { [BOUNCED]: 'bounced' } as const;
  return { ratePerSecond: 14, refusedRecipients: Object.values(REFUSED), outcomes, events };
}

/** No faults; but the providers refuse whom they refuse. */
export const FAIR: Weather = { faultSeed: 0, rules: [], sink: sinkOf(0) };

// ── Kills ─────────────────────────────────────────────────────────────────────────────────────────

/** Spread over the campaign, each somewhere in its part of it; the whole cloud as often as either engine. */
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

/** E-mails of which nobody knows, and nothing else: each probe of the feed, and what belongs to it, meets a fault. */
function lullOf(seed: number, lull: number, numbers: number[]): Lull {
  const random = randomOf(seed, `lull ${lull}`);
  const plain = { refused: false, twice: false, againAfter: 0, snooped: false, tooMuch: false };
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
  const seldom = CALLS.filter(
    (call) => call.function === FUNCTION.wakeDue && call.rare && call.operation !== 'UpdateItem',
  );
  return {
    orders,
    faultSeed: random.between(0, 2 ** 31),
    rules: [unknown, ...seldom.flatMap((call) => oncePerFault(call, lull, random))],
    sink: sinkOf(0),
  };
}

/** One fault after the other, each once: a part of them in each lull. */
function oncePerFault(call: FunctionCall, lull: number, random: Random): FaultRule[] {
  return undoneFirst(faultsOf(call))
    .filter((_, position) => position % LULLS === lull % LULLS)
    .map((fault) => ({ ...ruleFor({ ...call, rare: true }, fault, 0, random), times: 1 }));
}
