import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TenantSettings } from '#shared/notification/settings/settings.ts';
import { type SettingsReplaced, settingsDecider } from '#shared/tenant-settings/decider.ts';
import { specification } from '#test/support/specification.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const changedAt = '2026-01-02T03:04:05.000Z';
const key = { tenant: 'acme', type: 'settings', id: 'settings' };
const { given } = specification(settingsDecider, {
  key,
  now,
  version: 2,
  correlationId: 'correlation-1',
  commandId: 'http#1',
  terms: undefined,
});
const replaced = (settings: TenantSettings): SettingsReplaced => ({
  type: 'SettingsReplaced',
  data: { settings, changedAt },
});

const FALLBACK: TenantSettings = { fallback: { email: { afterMinutes: 30 } } };
const GERMAN: TenantSettings = { events: { OrderPlaced: [] }, defaultLocale: 'de' };

describe('the settings of a tenant', () => {
  it('are replaced as a whole, so a field that is absent is no longer set', () => {
    given().when({ type: 'ReplaceSettings', data: FALLBACK }).thenEvents(replaced(FALLBACK));
    given()
      .when({ type: 'ReplaceSettings', data: FALLBACK })
      .thenState({ changedAt, ...FALLBACK });
    given(replaced(FALLBACK))
      .when({ type: 'ReplaceSettings', data: GERMAN })
      .thenState({ changedAt, ...GERMAN });
    given(replaced(GERMAN)).when({ type: 'ReplaceSettings', data: {} }).thenState({ changedAt });
  });

  it('are kept for each version in a row that is created with it, and publish no message', () => {
    const outcome = given(replaced(FALLBACK)).when({ type: 'ReplaceSettings', data: GERMAN });
    outcome.thenMessages();
    assert.deepEqual(outcome.accepted().announced.rows, [
      {
        kind: 'state',
        key: { ...key, part: { type: 'settingsversion', id: '2' } },
        stored: { schemaVersion: 1, version: 1, state: GERMAN },
      },
    ]);
  });
});
