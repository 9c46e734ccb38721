import type { Clock } from '#shared/messaging/system.ts';
import { type StateStores, StoreUnavailable } from '#shared/once/ports.ts';
import { readThroughCache } from '#shared/once/read-through-cache.ts';
import {
  SETTINGS,
  SETTINGS_VERSION,
  type SettingsInForce,
  settingsKey,
  settingsVersionKey,
  type TenantSettings,
} from './settings.ts';

/** The settings in force, with their version (from 1). */
export type CurrentSettings = SettingsInForce & { version: number };

export type SettingsReader = {
  /** Consistent. undefined: the tenant has never set anything. @throws NewerVersion, PoisonMessage */
  current(tenant: string): Promise<CurrentSettings | undefined>;
  /** All settings of a version that exists. @throws NewerVersion, PoisonMessage; StoreUnavailable: not visible yet. */
  version(tenant: string, version: number): Promise<TenantSettings>;
};

/** Reads settings from a store of states. */
export function settingsReader({ statesOf }: StateStores): SettingsReader {
  const [current, versions] = [statesOf(SETTINGS), statesOf(SETTINGS_VERSION)];
  return {
    async current(tenant) {
      const stored = await current.read(settingsKey(tenant));
      return stored && { ...stored.state, version: stored.version };
    },

    async version(tenant, version) {
      const stored = await versions.read(settingsVersionKey(tenant, version));
      // Both rows are written in one transaction, and neither is ever deleted.
      if (!stored) throw new StoreUnavailable(`Version ${version} of the settings is not visible yet.`);
      return stored.state;
    },
  };
}

/** The settings in force, as commands and process managers read them. They may be a few seconds old. */
export type SettingsOf = (tenant: string) => Promise<CurrentSettings | undefined>;

/** How long an environment uses settings that it has read before it reads them again. */
export const SETTINGS_CACHED_MS = 30_000;

/** Bounds the memory of an environment that serves very many tenants. */
const MOST_TENANTS = 1000;

/**
 * Settings that were read at most 30 seconds ago, so that an order costs no additional read. That a tenant has none is
 * remembered as well.
 */
export function recentSettings({ current }: Pick<SettingsReader, 'current'>, clock: Clock): SettingsOf {
  const cache = readThroughCache<CurrentSettings | undefined>({
    maximumAgeMs: SETTINGS_CACHED_MS,
    maximumEntries: MOST_TENANTS,
    clock,
  });
  return async (tenant) => (await cache.get(tenant, () => current(tenant))).value;
}

/** Bounds the memory that an environment needs for versions, each up to 256 KB. */
const MOST_VERSIONS = 50;

/** Versions of settings, each read once by an environment: they never change. */
export function rememberedVersions(
  { version: read }: Pick<SettingsReader, 'version'>,
  clock: Clock,
): SettingsReader['version'] {
  const cache = readThroughCache<TenantSettings>({
    maximumAgeMs: Number.POSITIVE_INFINITY,
    maximumEntries: MOST_VERSIONS,
    clock,
  });
  return async (tenant, version) => (await cache.get(`${tenant}#${version}`, () => read(tenant, version))).value;
}
