import type { Clock, Timer } from '#shared/messaging/system.ts';

/** Waits until the next call to a provider is due. */
export type Pacer = {
  /**
   * Reserves the next place and waits for it.
   * @param weight number of recipients, because providers limit recipients, not calls.
   * @param withinMs longest wait that the caller accepts.
   * @returns false, without waiting or reserving, if it would take longer.
   */
  turn(weight: number, withinMs: number): Promise<boolean>;
};

/**
 * Spreads calls evenly, so that a backlog waits in the queue instead of being throttled. Each environment uses only its
 * share of the account's rate: the rate divided by the number of concurrent environments.
 */
export function pacer(ratePerSecond: number, { clock, timer }: { clock: Clock; timer: Timer }): Pacer {
  let nextAt = 0;
  return {
    async turn(weight, withinMs) {
      const now = clock.now();
      const at = Math.max(now, nextAt);
      if (at - now > withinMs) return false;
      nextAt = at + (weight * 1000) / ratePerSecond;
      if (at > now) await timer.sleep(at - now);
      return true;
    },
  };
}
