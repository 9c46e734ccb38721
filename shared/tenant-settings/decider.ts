import type { Decider } from '#shared/messaging/decider.ts';
import {
  SETTINGS,
  SETTINGS_VERSION,
  type SettingsInForce,
  settingsVersionKey,
  type TenantSettings,
} from '#shared/notification/settings/settings.ts';

/** Puts these settings in the place of the earlier ones. */
export type ReplaceSettings = { type: 'ReplaceSettings'; data: TenantSettings };
export type SettingsReplaced = { type: 'SettingsReplaced'; data: { settings: TenantSettings; changedAt: string } };

/**
 * The decider of a tenant's settings. The body was checked before, so it accepts everything. Each version is also kept
 * in a row of its own, for the messages that are rendered with it.
 */
export const settingsDecider: Decider<SettingsInForce, ReplaceSettings, SettingsReplaced> = {
  shape: SETTINGS,
  decide: ({ data }, _before, { now }) => {
    const changedAt = new Date(now).toISOString();
    return { kind: 'accepted', events: [{ type: 'SettingsReplaced', data: { settings: data, changedAt } }] };
  },
  evolve: (_before, { data: { settings, changedAt } }) => {
    const { events, defaultLocale, fallback } = settings;
    return {
      changedAt,
      ...(events !== undefined && { events }),
      ...(defaultLocale !== undefined && { defaultLocale }),
      ...(fallback !== undefined && { fallback }),
    };
  },
  announce: (events, _state, { key: { tenant }, version }) => ({
    messages: [],
    rows: events.map(({ data: { settings } }) => ({
      kind: 'state',
      key: settingsVersionKey(tenant, version),
      stored: { schemaVersion: SETTINGS_VERSION.written, version: 1, state: settings },
    })),
  }),
  // Short, because the answer is stored beside the settings.
  answer: ({ changedAt }, _announced, version) => ({ version, changedAt }),
  due: () => undefined,
};
