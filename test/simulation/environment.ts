import type { Clock, Timer } from '#shared/messaging/system.ts';
import type { Random } from '#test/support/harness/random.ts';
import { amountOf, type CallFault, type Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export type CallOptions<Result> = {
  /** The caller's error if there is no answer in time. */
  failed(): Result;
  /** The caller's error if the call is refused for now; default: `failed`. */
  throttled?(): Result;
  /** How long the caller waits for an answer. */
  timeoutMs: number;
  /** Longest time after which a request may still be done after the caller gave up. */
  lateMs: number;
  /** Longest freeze of the environment before this request leaves. */
  freezeMs: number;
  possible: readonly CallFault[];
  /** The subject of the call: an environment that froze in such a call may continue during another call about it. */
  about?: string;
};

/** One environment of a function. It runs one invocation, and may crash or freeze at every call. */
export type Environment = {
  name: string;
  /** Start of its invocation in epoch milliseconds, by true time. */
  bornAt: number;
  clock: Clock;
  timer: Timer;
  isAlive(): boolean;
  /** Ends it: no code in it continues. */
  die(): void;
  onDeath(listener: () => void): void;
  /** A call that leaves the environment. */
  call<Result>(operation: string, execute: () => Promise<Result>, options: CallOptions<Result>): Promise<Result>;
  /** Deadline of the invocation, by the environment's clock. */
  remainingMs(): number;
};

export type EnvironmentOptions = {
  name: string;
  /** Error of its clock. */
  skewMs: number;
  timeoutMs: number;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  sleepers: Sleepers;
  longestFreezeMs: number;
  /** The longest that a request or an answer takes. */
  longestWayMs?: number;
};

/** How long a request or an answer takes at most, unless a scenario says otherwise: slower than the services are. */
const LONGEST_WAY_MS = 20;

/** Environments that are frozen until another one gets no answer about the same subject: the worst moment. */
export type Sleepers = { sleep(about: string, thaw: () => void): void; disturb(about: string): void };

export function createSleepers(): Sleepers {
  const asleep = new Map<string, (() => void)[]>();
  return {
    sleep: (about, thaw) => void asleep.set(about, [...(asleep.get(about) ?? []), thaw]),
    disturb: (about) => {
      for (const thaw of asleep.get(about) ?? []) thaw();
    },
  };
}

export function createEnvironment(options: EnvironmentOptions): Environment {
  const { name, skewMs, timeoutMs, scheduler, random, faults, sleepers, longestFreezeMs } = options;
  const { longestWayMs = LONGEST_WAY_MS } = options;
  const listeners: (() => void)[] = [];
  const bornAt = scheduler.now();
  /** A frozen host does not count time: its invocation continues with the remaining time. */
  let killedAt = scheduler.now() + timeoutMs;
  let alive = true;
  let thawsAt = 0;
  let waiting: (() => void)[] = [];
  let calls = 0;

  const die = (): void => {
    if (!alive) return;
    alive = false;
    for (const listener of listeners) listener();
  };
  /** Continues inside the environment: never if it is dead, later if it is frozen. */
  const resume = (action: () => void): void => {
    if (!alive) return;
    if (thawsAt > scheduler.now()) waiting.push(action);
    else action();
  };
  const thaw = (): void => {
    if (thawsAt > scheduler.now()) return;
    for (const action of waiting) scheduler.after(0, () => resume(action));
    waiting = [];
  };
  /** Lambda ends an invocation that takes too long, but not while its host is frozen. */
  const watch = (): void => {
    const left = Math.max(killedAt, thawsAt) - scheduler.now();
    if (left <= 0) die();
    else scheduler.after(left, watch);
  };
  scheduler.after(timeoutMs, watch);

  /** Freezes for a while, or until another environment gets no answer about the same subject. */
  const freeze = (key: string, mostMs: number, about?: string): void => {
    const durationMs = amountOf(faults.random(key), 0, mostMs);
    const until = Math.max(thawsAt, scheduler.now() + durationMs);
    killedAt += until - Math.max(thawsAt, scheduler.now());
    thawsAt = until;
    scheduler.after(durationMs, thaw);
    const draws = faults.random(`thaw ${key}`);
    if (!about || draws.chance(0.5)) return;
    sleepers.sleep(about, () => {
      // While that call is open, or when it was given up.
      const earlier = scheduler.now() + draws.between(1, draws.pick([2000, 60_000]));
      if (!alive || thawsAt <= earlier) return;
      killedAt -= thawsAt - earlier;
      thawsAt = earlier;
      scheduler.after(earlier - scheduler.now(), thaw);
    });
  };

  const call = <Result>(
    operation: string,
    execute: () => Promise<Result>,
    { failed, throttled = failed, timeoutMs, lateMs, freezeMs, possible, about }: CallOptions<Result>,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (!alive) return;
      calls += 1;
      const key = `${name}.${calls} ${operation}`;
      const fault = faults.onCall(key, possible);
      if (about && fault && LEAVES_OPEN.includes(fault)) sleepers.disturb(about);
      const answer = (make: () => Result): void =>
        resume(() => {
          try {
            resolve(make());
          } catch (error) {
            reject(error);
          }
        });
      /** The request arrives and is done; `then` handles its result on the caller's side. */
      const arrive = (delayMs: number, then: (make: () => Result) => void): void =>
        scheduler.after(delayMs, () => {
          execute().then(
            (result) => then(() => result),
            (error) =>
              then(() => {
                throw error;
              }),
          );
        });
      const there = random.between(1, longestWayMs);
      const back = random.between(1, longestWayMs);
      const answered = (make: () => Result): void => scheduler.after(back, () => answer(make));
      const gaveUp = (): void => scheduler.after(timeoutMs, () => answer(failed));
      switch (fault) {
        case 'crash-before':
          return die();
        case 'crash-after':
          die();
          return arrive(there, () => undefined);
        case 'lost-request':
          return gaveUp();
        case 'lost-response':
          arrive(there, () => undefined);
          return gaveUp();
        case 'late':
          arrive(timeoutMs + amountOf(faults.random(key), 1, lateMs), () => undefined);
          return gaveUp();
        case 'throttle':
          return scheduler.after(there, () => answer(throttled));
        case 'freeze-before':
          freeze(key, freezeMs, about);
          return resume(() => arrive(there, answered));
        case 'freeze-after':
          arrive(there, answered);
          freeze(key, longestFreezeMs, about);
          return;
        default:
          return arrive(there, answered);
      }
    });

  return {
    name,
    bornAt,
    clock: { now: () => scheduler.now() + skewMs },
    timer: {
      sleep: (durationMs) => new Promise((resolve) => scheduler.after(durationMs, () => resume(resolve))),
    },
    isAlive: () => alive,
    die,
    onDeath: (listener) => void listeners.push(listener),
    call,
    remainingMs: () => killedAt - scheduler.now(),
  };
}

/** The outcome of such a call is unknown for a while, whichever environment made it. */
const LEAVES_OPEN: readonly CallFault[] = ['crash-after', 'lost-request', 'lost-response', 'late', 'freeze-after'];
