import type { Clock } from '#shared/messaging/system.ts';
import { readThroughCache } from '#shared/once/read-through-cache.ts';
import type { WebhookSettingsStore } from './ports.ts';
import { type Endpoint, webhookSettingsKey } from './settings.ts';

/** What decides whether an endpoint gets a message. */
export type Subscription = Pick<Endpoint, 'endpointId' | 'eventTypes'>;

/** The enabled endpoints of a tenant. */
export type SubscriptionsOf = (tenant: string) => Promise<readonly Subscription[]>;

/** How long an environment uses endpoints that it has read before it reads them again. */
export const ENDPOINTS_CACHED_MS = 2000;

/**
 * How long a change of the endpoints waits before it is answered. By then, no environment uses endpoints that it read
 * before the change, so the change applies to every event that is committed after the answer. Half a second is for
 * timers and clocks that are not exact.
 */
export const CHANGE_IN_FORCE_MS = ENDPOINTS_CACHED_MS + 500;

/** Bounds the memory of an environment that serves very many tenants. */
const MOST_TENANTS = 1000;

/** Endpoints that were read at most `ENDPOINTS_CACHED_MS` ago, so that most messages cost no read. */
export function recentEndpoints(settings: WebhookSettingsStore, clock: Clock): SubscriptionsOf {
  const cache = readThroughCache<readonly Subscription[]>({
    maximumAgeMs: ENDPOINTS_CACHED_MS,
    maximumEntries: MOST_TENANTS,
    clock,
  });
  return async (tenant) => (await cache.get(tenant, () => subscriptionsIn(settings, tenant))).value;
}

/** Only what is needed of the settings, because the cache keeps it for many tenants. */
async function subscriptionsIn(settings: WebhookSettingsStore, tenant: string): Promise<readonly Subscription[]> {
  const stored = await settings.read(webhookSettingsKey(tenant));
  return (stored?.state.endpoints ?? [])
    .filter(({ disabled }) => !disabled)
    .map(({ endpointId, eventTypes }) => ({ endpointId, eventTypes }));
}
