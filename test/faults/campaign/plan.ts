import { type Channel, FUNCTION } from '#shared/names.ts';
import { type Random, randomOf } from '#test/simulation/random.ts';
import type { FaultRule } from '#test/support/control.ts';
import { CALLS, type FaultKind, type FunctionCall, faultsOf } from './calls.ts';

/** The plan of a campaign. The same seed and number of orders give the same plan, but not the same timing. */
export type Plan = {
  /** Placed during the phases. */
  orders: PlannedOrder[];
  phases: Phase[];
  kills: Kill[];
  /** After the phases: so little happens that only probes show whether the feed moves. */
  lulls: Lull[];
};

export type PlannedOrder = {
  number: number;
  tenant: 'acme' | 'globex';
  /** The other tenant, which must not see it. */
  stranger: 'acme' | 'globex';
  channels: Channel[];
  /** The provider refuses its recipients permanently. */
  refused: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request again, this many orders later; 0: never. */
  againAfter: number;
  /** Another body with the same key: at the same time or later. */
  changed: 'never' | 'at-once' | 'later';
  /** Another tenant reads it. */
  snooped: boolean;
  /** Items that are added, all at once. */
  items: { twice: boolean; againAfter: number }[];
  /** An item that is rejected, with two bodies at once. */
  tooMuch: boolean;
  /** A direct notification of the same client. */
  message?: PlannedMessage;
};

export type PlannedMessage = {
  channel: Channel;
  /** Number of recipients; a text message has one. */
  people: 1 | 2;
  /** Delay of the scheduled time; 0: immediately. */
  aheadMs: number;
  /** It is cancelled twice at once, like by two people. */
  cancelled: boolean;
  /** It has a file. */
  attached: boolean;
  /** The provider accepts it, and it bounces. */
  bounced: boolean;
  /** The same request twice at once. */
  twice: boolean;
  /** The same request again, this many orders later; 0: never. */
  againAfter: number;
};

/** The faults of the running stage in one phase. */
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
/** A process that gets SIGKILL, `delayMs` after this many orders were answered. */
export type Kill = { afterOrder: number; delayMs: number; killed: Killed };

export type Lull = Weather & { orders: PlannedOrder[] };

/** The end of addresses and numbers that the providers refuse. */
export const REFUSED = { email: '@refused.example', sms: '0000' } as const;
/** The end of addresses whose e-mail is accepted and bounces permanently. */
export const BOUNCED = '@bounced.example';

/** Number of phases in which every call meets every fault once. */
const PHASES_A_CYCLE = Math.max(...CALLS.map((call) => faultsOf(call).length));
/** Orders per cycle. There is at least one cycle. */
const ORDERS_A_CYCLE = 1000;
/** The hits of a rule are defined for a phase of this many orders. */
const ORDERS_FOR_HITS = 125;
const LULL_ORDERS = 4;
/** Share of orders whose client also sends a direct notification. */
const MESSAGES_AN_ORDER = 0.25;
/** One for each fault after which the call is executed, because the feed is then not probed again. */
const LULLS = 3;
/** Shorter campaigns have no lulls. */
const ORDERS_FOR_LULLS = 500;
/** A process is killed each time after this many orders, and at least three times. */
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

/** Most cancelled messages are scheduled for later, because others are usually sent before the cancellation. */
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

/** Each call has its own order of faults, one for each phase. */
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
 * The feed's reader gets no faults in every other cycle. An event of a killed reader returns after a minute, and until
 * then silence is not evidence. With faults all the time, no message would ever be sent again.
 */
const isLeftAlone = (call: FunctionCall, cycle: number): boolean =>
  call.function === FUNCTION.recordFeedback && cycle % 2 === 1;

/** Hits in a phase. A kill ends more than one call, and its environment has to start again. */
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
/** Conflicts of a rare call, because the winning row is read only after a conflict. */
const CONFLICTS = 3;
/** Some calls pass, so that faults also hit later calls, and the repetition of a call that was hit. */
const PROBABILITY = 0.35;
/**
 * Milliseconds: within every client's timeout; beyond the timeout of the clients of DynamoDB; beyond the providers'
 * timeout, but within the time in which they may still complete a call (`providerTimeoutSeconds` and
 * `providerInFlightSeconds` of stage `local`).
 */
const DELAYS_MS = [400, 2200, 3500];

/**
 * One kind of fault for a call in each phase. A rare call may not happen in the phase of a kind, so it meets every kind
 * once in each phase, beginning with the kind of that phase.
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

/** A fault that leaves the call executed comes last for calls that happen only once. */
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

/** The behaviour of the provider's feed in each phase, always within its margin of 5 seconds on stage `local`. */
const FEEDS: FeedBehaviour[] = [
  {},
  { delayMs: 2000 },
  { copies: 3 },
  { reorder: true },
  { delayMs: 1000, copies: 2, reorder: true },
];

function sinkOf(index: number): SinkBehaviour {
  const feed = FEEDS[index % FEEDS.length] ?? {};
  // Every event is evidence, so delaying one type of event would not delay the evidence.
  const events = { Send: feed, Delivery: feed, Bounce: feed };
  // The rate to which the senders of the stage are paced. Calls beyond it are throttled.
  const outcomes = { [BOUNCED]: 'bounced' } as const;
  return { ratePerSecond: 14, refusedRecipients: Object.values(REFUSED), outcomes, events };
}

/** No faults, except for the recipients that the providers refuse. */
export const FAIR: Weather = { faultSeed: 0, rules: [], sink: sinkOf(0) };

// ── Kills ─────────────────────────────────────────────────────────────────────────────────────────

/** Spread over the campaign, each at a random point of its part; the whole cloud as often as each engine. */
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

/** Only e-mails with unknown outcomes: each probe of the feed, and its other calls, meets a fault. */
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

/** Each fault once, one after the other, with a part of them in each lull. */
function oncePerFault(call: FunctionCall, lull: number, random: Random): FaultRule[] {
  return undoneFirst(faultsOf(call))
    .filter((_, position) => position % LULLS === lull % LULLS)
    .map((fault) => ({ ...ruleFor({ ...call, rare: true }, fault, 0, random), times: 1 }));
}
