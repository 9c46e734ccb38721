import type { Clock, Timer } from '#shared/ports.ts';
import { amountOf, type CallFault, type Faults } from './faults.ts';
import type { Random } from './random.ts';
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
};

/** One environment of a function: it runs one invocation, and may die or stand still at every call. */
export type Environment = {
  name: string;
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
};

export function createEnvironment(options: EnvironmentOptions): Environment {
  const { name, skewMs, timeoutMs, scheduler, random, faults } = options;
  const listeners: (() => void)[] = [];
  const deadline = scheduler.now() + timeoutMs;
  let alive = true;
  let thawsAt = 0;
  let calls = 0;

  const die = (): void => {
    if (!alive) return;
    alive = false;
    for (const listener of listeners) listener();
  };
  /** Goes on inside the environment: never if it is dead, later if it stands still. */
  const resume = (action: () => void): void => {
    if (!alive) return;
    if (thawsAt > scheduler.now()) scheduler.after(thawsAt - scheduler.now(), () => resume(action));
    else action();
  };
  /** Lambda ends what takes too long; a host that stands still ends nothing. */
  const watch = (): void => {
    const left = Math.max(deadline, thawsAt) - scheduler.now();
    if (left <= 0) die();
    else scheduler.after(left, watch);
  };
  scheduler.after(timeoutMs, watch);

  const freeze = (key: string, mostMs: number): number => {
    const durationMs = amountOf(faults.random(key), 0, mostMs);
    thawsAt = Math.max(thawsAt, scheduler.now() + durationMs);
    return durationMs;
  };

  const call = <Result>(
    operation: string,
    execute: () => Promise<Result>,
    { failed, throttled = failed, timeoutMs, lateMs, freezeMs, possible }: CallOptions<Result>,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (!alive) return;
      calls += 1;
      const key = `${name}.${calls} ${operation}`;
      const fault = faults.onCall(key, possible);
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
          return arrive(freeze(key, freezeMs) + there, answered);
        case 'freeze-after':
          arrive(there, answered);
          freeze(key, LONGEST_FREEZE_MS);
          return;
        default:
          return arrive(there, answered);
      }
    });

  return {
    name,
    clock: { now: () => scheduler.now() + skewMs },
    timer: {
      sleep: (durationMs) => new Promise((resolve) => scheduler.after(durationMs, () => resume(resolve))),
    },
    isAlive: () => alive,
    die,
    onDeath: (listener) => void listeners.push(listener),
    call,
    remainingMs: () => deadline - scheduler.now(),
  };
}

/** Longer than any lease: what thaws then has lost every right that it had. */
const LONGEST_FREEZE_MS = 8 * 60_000;
