import { type Random, randomOf } from '#test/support/harness/random.ts';

/** Faults of one call of one environment. */
export const CALL_FAULTS = [
  /** The environment crashes before the request leaves. */
  'crash-before',
  /** The request is done, but the environment crashes before the answer. */
  'crash-after',
  /** The request is lost; the caller waits for its timeout. */
  'lost-request',
  /** The request is done, but its answer is lost. */
  'lost-response',
  /** The request is done after the caller gave up. */
  'late',
  /** The environment freezes for a while before its request leaves. */
  'freeze-before',
  /** The request is done. The environment freezes for a while before it reads the answer. */
  'freeze-after',
  /** Refused for now; the request is not done. */
  'throttle',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Of a call that changes nothing. */
export const READ_FAULTS: readonly CallFault[] = CALL_FAULTS.filter(
  (fault) => fault !== 'late' && fault !== 'lost-response',
);

/** Faults between calls. */
export const OTHER_FAULTS = [
  'duplicate-delivery',
  'stream-loss',
  'stream-repeat',
  'stale-index',
  'transaction-conflict',
  'partial-publish',
  'feedback-doubled',
  'feedback-late',
  'feedback-first',
  'feedback-dead',
  'feedback-unreadable',
  'double-tick',
  'missed-tick',
  'provider-rejects',
  /** A poller that is gone received a message: it is invisible until its visibility timeout is over. */
  'poller-gone',
] as const;

/** Faults of runs with additional conditions. */
export const ADDITIONAL_FAULTS = [
  /** An entry of the index appears or disappears later than its row. */
  'index-lag',
  /** A Query does not see a row of a transaction that other reads see. */
  'half-seen',
  /** The items of one BatchGetItem are read at different moments. */
  'torn-batch',
  /** A notification appears late in its tenant's log. */
  'log-lag',
  /** The provider's event about a recipient arrives hours later. */
  'told-late',
  'told-twice',
] as const;
export type OtherFault = (typeof OTHER_FAULTS)[number] | (typeof ADDITIONAL_FAULTS)[number];
export type Fault = CallFault | OtherFault;

export type Faults = {
  /** The fault that hits a call, if any. `key` identifies the call, independently of the rest of the run. */
  onCall(key: string, possible: readonly CallFault[]): CallFault | undefined;
  strikes(key: string, fault: OtherFault): boolean;
  /** Random values of a fault, such as its duration. */
  random(key: string): Random;
  /** Ends all faults. */
  stop(): void;
  /** Keys and kinds of all faults that occurred. */
  struck: Map<string, Fault>;
};

const SETTLING: [OtherFault, number][] = [
  ['feedback-late', 0.7],
  ['provider-rejects', 0.15],
  ['feedback-doubled', 0.3],
];
const isSend = (key: string): boolean => key.endsWith('.send');
const lostAnswer = (draw: Random): CallFault | undefined =>
  draw.chance(0.5)
    ? draw.pick([
        'lost-response',
        'lost-response',
        'late',
        'late',
        'lost-request',
        'crash-after',
        'crash-before',
        'freeze-after',
        'freeze-before',
      ])
    : undefined;

/** An amount up to `most`, often all but the whole of it: bounds are tried where they are. */
export function amountOf(random: Random, least: number, most: number): number {
  return random.chance(0.5)
    ? random.between(Math.floor(most - (most - least) * 0.05), most)
    : random.between(least, most);
}

/**
 * The faults of a run. Each run has kinds of its own that are frequent, so that rare combinations meet.
 * Whether a call is struck follows from seed and name alone, so a run can be repeated with some faults
 * left out.
 * @param only keys of the faults that may strike; all, if not given.
 */
export function faultsOf(seed: number, intensity: number, only?: ReadonlySet<string>): Faults {
  const { rates, settling } = ratesOf(seed, intensity);
  return faultsAt(rates, { seed, settling, ...(only && { only }) });
}

type Rates = ReadonlyMap<Fault, number>;

function ratesOf(seed: number, intensity: number): { rates: Rates; settling: boolean } {
  const profile = randomOf(seed, 'profile');
  const rates = new Map<Fault, number>(
    [...CALL_FAULTS, ...OTHER_FAULTS].map((fault) => {
      const rate = profile.chance(0.4) ? 0 : profile.fraction() ** 3 * 0.3;
      return [fault, rate * intensity];
    }),
  );
  const further = randomOf(seed, 'further profile');
  for (const fault of ADDITIONAL_FAULTS) rates.set(fault, further.pick([0, 0.05, 0.2, 0.6]) * intensity);
  // Some runs are about providers alone, whose answers get lost again and again: that is where settling is tried.
  const settling = profile.chance(0.35);
  if (settling) {
    for (const [fault, rate] of SETTLING) rates.set(fault, rate * intensity);
    // One message that is dead or unreadable stops every resend of the run; most runs should see some.
    for (const fault of ['feedback-unreadable', 'feedback-dead'] as const)
      rates.set(fault, profile.chance(0.2) ? 0.2 : 0);
    rates.set('poller-gone', profile.chance(0.5) ? 0.25 : 0);
    // So that verdicts come late, when the next attempt is under way.
    if (profile.chance(0.3)) rates.set('freeze-before', 0.25);
  }
  return { rates, settling };
}

/** @property settling half of all answers of providers are lost. @property only keys of the faults that may strike. */
type FaultOptions = { seed: number; settling?: boolean; only?: ReadonlySet<string> };

/** Faults that strike at these rates. Of a call, each fault has a quarter of its rate. */
export function faultsAt(rates: Rates, { seed, settling = false, only }: FaultOptions): Faults {
  const struck = new Map<string, Fault>();
  let stopped = false;
  const allowed = (key: string): boolean => !stopped && (only === undefined || only.has(key));
  const strike = <Kind extends Fault>(key: string, fault: Kind): Kind => {
    struck.set(key, fault);
    return fault;
  };
  return {
    struck,
    stop: () => {
      stopped = true;
    },
    random: (key) => randomOf(seed, `amount/${key}`),
    onCall(key, possible) {
      if (!allowed(key)) return undefined;
      const draw = randomOf(seed, key);
      const fault =
        isSend(key) && settling ? lostAnswer(draw) : possible.find((one) => draw.chance((rates.get(one) ?? 0) / 4));
      return fault && strike(key, fault);
    },
    strikes(key, fault) {
      const name = `${fault} ${key}`;
      return allowed(name) && randomOf(seed, name).chance(rates.get(fault) ?? 0) && strike(name, fault) === fault;
    },
  };
}
