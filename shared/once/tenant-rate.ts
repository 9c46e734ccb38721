import { Failure } from '#shared/messaging/failure.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/** The requests of a tenant in one window of time. */
export type RequestCount = { window: number; requests: number };

export const REQUEST_COUNT = shapeOf<RequestCount>('requestcount');

/** Windows of all environments begin and end together. A tenant may use a whole window at once. */
export const WINDOW_MS = 10_000;

export type RequestCounts = {
  /**
   * Adds requests of a tenant to those of a window.
   * @returns how many the window has then. undefined: the clock of another environment is already in a later window.
   * @throws StoreUnavailable
   */
  add(tenant: string, counted: RequestCount): Promise<number | undefined>;
};

/** A tenant sends more requests than the stage permits. Nothing was written. */
export class TooManyRequests extends Failure {
  override readonly name = 'TooManyRequests';
  readonly code = 'TOO_MANY_REQUESTS';
  readonly retriable = true;
  readonly next = 'Repeat the request after the time in Retry-After, with the same Idempotency-Key.';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super('The tenant has sent more requests than the stage permits.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export type TenantRate = {
  /** Counts one request of a tenant. @throws TooManyRequests */
  count(tenant: string): Promise<void>;
};

/** Requests that an environment permits before it writes a count, so that an ordinary tenant costs no write. */
const MOST_UNCOUNTED = 5;
/** The most requests that an environment counts with one write before they come. */
const MOST_AHEAD = 100;

/** What an environment knows of a tenant's window. */
type OwnWindow = { window: number; used: number; counted: number; permitted: number; isFull: boolean };

/** Bounds the memory of an environment that serves very many tenants. */
const MOST_TENANTS = 10_000;

/**
 * Limits the requests of each tenant, so that one of them cannot use the whole rate of the stage. Environments share a
 * count for each tenant and window, and take requests from it in blocks of a hundredth of the limit: so a busy tenant costs
 * one write for a block, and a refused request costs none. An environment that never fills its first block of five writes
 * nothing, so a tenant may exceed its limit by five requests for each environment.
 * @param ratePerSecond of one tenant.
 */
export function tenantRate(
  ratePerSecond: number,
  { counts, clock, log }: { counts: RequestCounts; clock: Clock; log: Log },
): TenantRate {
  const limit = (ratePerSecond * WINDOW_MS) / 1000;
  const block = Math.min(MOST_AHEAD, Math.max(1, Math.floor(limit / 100)));
  const windows = new Map<string, OwnWindow>();

  function windowOf(tenant: string): OwnWindow {
    const window = Math.floor(clock.now() / WINDOW_MS);
    const known = windows.get(tenant);
    if (known?.window === window) return known;
    if (windows.size >= MOST_TENANTS) windows.clear();
    const permitted = Math.min(limit, MOST_UNCOUNTED);
    const own = { window, used: 0, counted: 0, permitted, isFull: false };
    windows.set(tenant, own);
    return own;
  }

  /** Takes the next block from the shared count. What was used without being counted is counted with it. */
  async function takeBlock(tenant: string, own: OwnWindow): Promise<void> {
    const requests = own.used - own.counted + block;
    // Before the call, so that requests at the same time do not count the same ones.
    own.counted += requests;
    let total: number | undefined;
    try {
      total = await counts.add(tenant, { window: own.window, requests });
    } catch (error) {
      // The command needs the same table. A limit that cannot be read refuses nothing, and is not read again in this window.
      log.warn('Requests not counted', { error });
      own.permitted = Number.POSITIVE_INFINITY;
      return;
    }
    const over = Math.max(0, (total ?? 0) - limit);
    own.permitted += Math.max(0, block - over);
    own.isFull = over > 0;
  }

  return {
    async count(tenant) {
      const own = windowOf(tenant);
      if (own.used >= own.permitted && !own.isFull) await takeBlock(tenant, own);
      if (own.used >= own.permitted) throw new TooManyRequests(secondsLeft(clock.now()));
      own.used += 1;
    },
  };
}

const secondsLeft = (now: number): number => Math.max(1, Math.ceil((WINDOW_MS - (now % WINDOW_MS)) / 1000));
