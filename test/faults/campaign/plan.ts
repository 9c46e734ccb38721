import { type Channel, FUNCTION } from '#shared/names.ts';
import type { FaultRule } from '#test/support/control.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { CALLS } from './calls.ts';
import { type Conditions, LULLS, oncePerFault, type Phase, phasesOf, shuffled, sinkOf } from './plan-faults.ts';
import { type PlannedPoison, type PlannedShift, poisonOf, shiftsOf } from './plan-operators.ts';

/** What a campaign will do. The same seed and number of orders give the same plan; the times depend on the machine. */
export type Plan = {
  /** Placed during the phases. */
  orders: PlannedOrder[];
  phases: Phase[];
  kills: Kill[];
  /** The first look of each tenant is set before any order. */
  looks: PlannedLook[];
  replays: PlannedReplay[];
  /** What operators do about dead letters and subscribers. */
  shifts: PlannedShift[];
  poison: PlannedPoison[];
  /** Of the tenants' settings. */
  fallbackAfterMinutes: number;
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
  /** E-mails to it are accepted and bounce. */
  bounced: boolean;
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

/** A change of the settings of a tenant. */
export type PlannedLook = {
  /** After this number of orders is answered. */
  afterOrder: number;
  tenant: 'acme' | 'globex';
  look: number;
  /** The same request twice at once. */
  twice: boolean;
};

/** A replay of the list of orders. */
export type PlannedReplay = {
  /** After this number of orders is answered. */
  afterOrder: number;
  number: number;
  /** Absent: of all tenants. */
  tenant?: 'acme' | 'globex';
  /** Only messages from some seconds ago. */
  isFrom: boolean;
  /** It is stopped after this time. */
  stopAfterMs?: number;
  /** The same request twice at once. */
  twice: boolean;
};

export const KILLED = ['cloud', 'dynamodb', 'messaging'] as const;
export type Killed = (typeof KILLED)[number];
/** `delayMs` after this number of orders is answered, the process gets SIGKILL. */
export type Kill = { afterOrder: number; delayMs: number; killed: Killed };

export type Lull = Conditions & { orders: PlannedOrder[] };

const LULL_ORDERS = 4;
/** Share of the orders with a direct notification. */
const MESSAGES_AN_ORDER = 0.25;
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
    looks: looksOf(seed, underFaults),
    replays: replaysOf(seed, underFaults),
    shifts: shiftsOf(seed, underFaults),
    poison: poisonOf(seed, underFaults),
    fallbackAfterMinutes: lulls === 0 ? BEYOND_THE_CAMPAIGN_MINUTES : 1,
    lulls: Array.from({ length: lulls }, (_, lull) => {
      const from = underFaults + lull * LULL_ORDERS;
      return lullOf(seed, lull, numbers.slice(from, from + LULL_ORDERS));
    }),
  };
}

/** Every so many orders, the e-mails bounce. */
const ORDERS_A_BOUNCE = 12;
/** Shorter campaigns do not wait until a fallback is due because nothing was reported. Those after a bounce are sent. */
const BEYOND_THE_CAMPAIGN_MINUTES = 60;

/** In place of the setting of stage `local`. Most confirmations and cancellations are earlier, and some are not. */
export const REMINDER_AFTER_SECONDS = 10;

/** Most orders stay placed, so that items can be added until the end. */
const LIVES: readonly (readonly Step[])[] = [[], [], [], ['confirm', 'approve'], ['confirm', 'cancel'], ['cancel']];

function orderOf(number: number, random: Random, ofMessages: Random, ofSteps: Random): PlannedOrder {
  const tenant = random.pick(['acme', 'globex'] as const);
  const once = () => repeatedBy(random);
  const bounced = number % ORDERS_A_BOUNCE === 3;
  const message = ofMessages.chance(MESSAGES_AN_ORDER) ? messageOf(ofMessages) : undefined;
  return {
    number,
    tenant,
    stranger: tenant === 'acme' ? 'globex' : 'acme',
    channels: number % 5 === 0 || bounced ? ['email', 'sms'] : ['email'],
    refused: random.chance(0.02),
    bounced,
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

// ── Settings and replays ──────────────────────────────────────────────────────────────────────────

/** Each tenant changes its settings twice, and in longer campaigns more often. */
const ORDERS_A_LOOK = 250;
const LEAST_CHANGES = 2;
const ORDERS_A_REPLAY = 200;
const LEAST_REPLAYS = 2;

function looksOf(seed: number, orders: number): PlannedLook[] {
  const random = randomOf(seed, 'looks');
  const changes = Math.max(LEAST_CHANGES, Math.floor(orders / ORDERS_A_LOOK));
  return (['acme', 'globex'] as const).flatMap((tenant, half) =>
    Array.from({ length: changes + 1 }, (_, index) => ({
      afterOrder: index === 0 ? 0 : Math.floor((orders / (changes + 1)) * (index - half / 2)),
      tenant,
      look: index + 1,
      twice: random.chance(0.5),
    })),
  );
}

/** Every third one is stopped, after a time in which it may be anywhere. */
function replaysOf(seed: number, orders: number): PlannedReplay[] {
  const random = randomOf(seed, 'replays');
  const count = Math.max(LEAST_REPLAYS, Math.floor(orders / ORDERS_A_REPLAY));
  return Array.from({ length: count }, (_, index) => ({
    afterOrder: Math.floor((orders / count) * (index + 0.25)),
    number: index + 1,
    ...(index % 4 === 2 && { tenant: random.pick(['acme', 'globex'] as const) }),
    isFrom: index % 4 === 3,
    ...(index % 3 === 1 && { stopAfterMs: random.between(0, 20_000) }),
    twice: random.chance(0.5),
  }));
}

// ── Lulls ─────────────────────────────────────────────────────────────────────────────────────────

/** Only e-mails with unknown outcomes: each probe of the feed, and each call that belongs to it, meets a fault. */
function lullOf(seed: number, lull: number, numbers: number[]): Lull {
  const random = randomOf(seed, `lull ${lull}`);
  const plain = {
    refused: false,
    bounced: false,
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
