import type { Clock, Timer } from '#shared/messaging/system.ts';

export type AskedTurn = {
  tenant: string;
  /** Number of recipients, because providers limit recipients, not calls. */
  weight: number;
  /** The longest wait that the caller accepts. */
  withinMs: number;
};

/** `afterMs`: the turn does not come in time. It is expected after this time, and nothing is reserved. */
export type Turn = 'now' | { afterMs: number };

/** Waits until the next call to a provider is due. */
export type Pacer = {
  /** Waits for the turn of the caller. A turn that does not come in time is refused as soon as that is known. */
  turn(asked: AskedTurn): Promise<Turn>;
};

type Caller = Pick<AskedTurn, 'tenant' | 'weight'>;

/** A caller looks again at least this often: another one may have left, or has come before it. */
const LOOK_AGAIN_MS = 1000;

/**
 * Spreads calls evenly, so that a backlog waits in the queue instead of being throttled. Each environment uses only its
 * share of the account's rate: the rate divided by the number of concurrent environments.
 *
 * Tenants take turns by weight: the next turn goes to the tenant that has used the least. A tenant that begins to wait
 * counts as one that has used as much as the last one that was served. So it does not wait for the backlog of another
 * tenant, and cannot save up turns (start-time fair queueing: Goyal, Vin and Cheng, 1996).
 */
export function pacer(ratePerSecond: number, { clock, timer }: { clock: Clock; timer: Timer }): Pacer {
  /** In the order in which they came. */
  const waiting: Caller[] = [];
  const used = new Map<string, number>();
  let usedByServed = 0;
  let freeAt = 0;

  const usedBy = (tenant: string, counted: ReadonlyMap<string, number> = used): number =>
    Math.max(usedByServed, counted.get(tenant) ?? 0);

  /** When the turn of a caller is expected, if no one else comes. */
  function expectedAt(caller: Caller): number {
    const counted = new Map(used);
    const left = [...waiting];
    let weight = 0;
    for (let next = first(left, counted); next !== caller; next = first(left, counted)) {
      weight += next.weight;
      counted.set(next.tenant, usedBy(next.tenant, counted) + next.weight);
      left.splice(left.indexOf(next), 1);
    }
    return Math.max(clock.now(), freeAt) + (weight * 1000) / ratePerSecond;
  }

  const first = (callers: readonly Caller[], counted: ReadonlyMap<string, number>): Caller =>
    callers.reduce((best, one) => (usedBy(one.tenant, counted) < usedBy(best.tenant, counted) ? one : best));

  function serve({ tenant, weight }: Caller): void {
    freeAt = Math.max(clock.now(), freeAt) + (weight * 1000) / ratePerSecond;
    usedByServed = usedBy(tenant);
    // What others have used counts only while someone waits.
    if (waiting.length === 1) used.clear();
    used.set(tenant, usedByServed + weight);
  }

  return {
    async turn({ tenant, weight, withinMs }) {
      const untilMs = clock.now() + withinMs;
      const caller = { tenant, weight };
      waiting.push(caller);
      try {
        for (;;) {
          const [now, at] = [clock.now(), expectedAt(caller)];
          if (at > untilMs) return { afterMs: at - now };
          if (at <= now) {
            serve(caller);
            return 'now';
          }
          await timer.sleep(Math.min(at - now, LOOK_AGAIN_MS));
        }
      } finally {
        waiting.splice(waiting.indexOf(caller), 1);
      }
    },
  };
}
