import type { Clock, Timer } from '#shared/messaging/system.ts';
import type { Random } from '#test/support/harness/random.ts';
import { amountOf, type CallFault, type Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export type CallOptions<Result> = {
  /** What the caller is told when no answer comes in time. */
  failed(): Result;
  /** What it is told when it was refused for now; the same as `failed`, if not given. */
  throttled?(): Result;
  /** How long it waits for an answer. */
  timeoutMs: number;
  /** Latest that a request which was given up may still be done. */
  lateMs: number;
  /** Longest that the environment may stand still before this request leaves. */
  freezeMs: number;
  possible: readonly CallFault[];
  /** What is called for: who stands still in such a call may wake in another one's. */
  about?: string;
};

/** One environment of a function: it runs one invocation, and may die or stand still at every call. */
export type Environment = {
  name: string;
  /** Epoch milliseconds, by no clock of its own: when its invocation began. */
  bornAt: number;
  clock: Clock;
  timer: Timer;
  isAlive(): boolean;
  /** Nothing that runs in it ever goes on. */
  die(): void;
  onDeath(listener: () => void): void;
  /** A call that leaves the environment. */
  call<Result>(operation: string, execute: () => Promise<Result>, options: CallOptions<Result>): Promise<Result>;
  /** When the invocation's time is over, by its own clock. */
  remainingMs(): number;
};

export type EnvironmentOptions = {
  name: string;
  /** How far its clock is off. */
  skewMs: number;
  timeoutMs: number;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  sleepers: Sleepers;
  longestFreezeMs: number;
};

/** Environments that stand still until another one is left without an answer about the same: the worst moment. */
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
  const listeners: (() => void)[] = [];
  const bornAt = scheduler.now();
  /** A host that stands still counts no time: what runs on it thaws with all that it had left. */
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
  /** Goes on inside the environment: never if it is dead, later if it stands still. */
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
  /** Lambda ends what takes too long; a host that stands still ends nothing. */
  const watch = (): void => {
    const left = Math.max(killedAt, thawsAt) - scheduler.now();
    if (left <= 0) die();
    else scheduler.after(left, watch);
  };
  scheduler.after(timeoutMs, watch);

  /** Stands still for a while, or until another one is left without an answer about the same. */
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
      /** The request arrives and is done; `then` is what the caller's side makes of it. */
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
      const there = random.between(1, 20);
      const back = random.between(1, 20);
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

/** The outcome of such a call is open for a while, whoever made it. */
const LEAVES_OPEN: readonly CallFault[] = ['crash-after', 'lost-request', 'lost-response', 'late', 'freeze-after'];
