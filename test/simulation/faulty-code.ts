import { PoisonMessage } from '#shared/messaging/parse.ts';
import { randomOf } from '#test/support/harness/random.ts';
import { type FaultyTime, isWithin } from './conditions.ts';
import type { Environment } from './environment.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * Fails as the code of a bad release would. It fails at a message always in the same way, or never, until its environment
 * has the fix.
 */
export type FaultyCode = (subscriber: string, body: string, environment: Environment) => Promise<void>;

/** How much of its messages a function fails at. */
const SHARES = [0, 0.2, 0.6, 1];
/** Recorded at once, given up after all receives, or left to the dead-letter queue. */
const WAYS = ['poison', 'poison', 'error', 'crash'] as const;

/**
 * @param time when the release is deployed; undefined: never.
 * @param failsAtAll it fails at every message, at once.
 */
export function faultyCode(
  seed: number,
  time: FaultyTime | undefined,
  scheduler: Scheduler,
  failsAtAll = false,
): FaultyCode {
  const shares = new Map<string, number>();
  return async (subscriber, body, environment) => {
    if (!isWithin(time, scheduler.now())) return;
    const isFixing = time !== undefined && scheduler.now() >= time.fixedFrom;
    if (isFixing && randomOf(seed, `fixed ${environment.name}`).chance(0.5)) return;
    if (failsAtAll) throw new PoisonMessage('FAULTY_CODE', 'The code of this release cannot handle any message.');
    const share = shares.get(subscriber) ?? randomOf(seed, `faulty ${subscriber}`).pick(SHARES);
    shares.set(subscriber, share);
    const draws = randomOf(seed, `faulty ${subscriber} ${body}`);
    if (!draws.chance(share)) return;
    switch (draws.pick(WAYS)) {
      case 'poison':
        throw new PoisonMessage('FAULTY_CODE', 'The code of this release cannot handle it.');
      case 'error':
        throw new TypeError('The code of this release fails.');
      case 'crash':
        environment.die();
        return new Promise(() => undefined);
    }
  };
}
