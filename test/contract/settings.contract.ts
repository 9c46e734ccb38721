import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsKey, type TenantSettings } from '#shared/notification/settings/settings.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { type OnceStore, type StateStores, StoreUnavailable } from '#shared/once/ports.ts';
import { settingsDecider } from '#shared/tenant-settings/decider.ts';
import { countedRandomness, manualClock } from '#test/support/ports.ts';

/** What every store of settings must do, in memory and on a real engine alike. */
export function settingsContract(name: string, storeOf: () => OnceStore & StateStores): void {
  let tenants = 0;
  const freshTenant = (): string => {
    tenants += 1;
    return `settings#${tenants}`;
  };
  let commands = 0;
  const replace = (tenant: string, data: TenantSettings, expectedVersion?: number) => {
    const clock = manualClock();
    commands += 1;
    return executeOnce(
      {
        decider: settingsDecider,
        key: settingsKey(tenant),
        commandId: `http#${commands}`,
        fingerprint: `${commands}`,
        command: { type: 'ReplaceSettings', data },
        metadata: { correlationId: 'correlation', causationId: 'request' },
        ...(expectedVersion !== undefined && { expectedVersion }),
      },
      {
        store: storeOf(),
        clock,
        timer: clock,
        random: countedRandomness(),
        settings: { outboxGraceMs: 60_000, budgetMs: 60_000 },
      },
    );
  };
  const FIRST: TenantSettings = {
    events: { OrderPlaced: [], OrderCancelled: ['email'] },
    sender: { name: 'Acme' },
    fallback: { email: { afterMinutes: 30 } },
  };
  const SECOND: TenantSettings = { defaultLocale: 'de', brand: { name: 'ä€', color: '#000000' }, templates: [] };

  describe(`settings: ${name}`, () => {
    it('are read in force and by version, which never changes, for their own tenant only', async () => {
      const [tenant, reader] = [freshTenant(), settingsReader(storeOf())];
      assert.equal(await reader.current(tenant), undefined);
      await replace(tenant, FIRST);
      const { events, fallback } = FIRST;
      const changedAt = '2026-01-01T00:00:00.000Z';
      assert.deepEqual(await reader.current(tenant), { version: 1, changedAt, events, fallback });
      await replace(tenant, SECOND);
      assert.deepEqual(await reader.current(tenant), { version: 2, changedAt, defaultLocale: 'de' });
      assert.deepEqual([await reader.version(tenant, 1), await reader.version(tenant, 2)], [FIRST, SECOND]);
      const other = freshTenant();
      assert.equal(await reader.current(other), undefined);
      await assert.rejects(reader.version(other, 1), StoreUnavailable);
      await assert.rejects(reader.version(tenant, 3), StoreUnavailable);
    });

    it('that are replaced at the same time with the same expected version are replaced once', async () => {
      const [tenant, reader] = [freshTenant(), settingsReader(storeOf())];
      await replace(tenant, FIRST);
      const results = await Promise.allSettled(
        ['a', 'b', 'c'].map((defaultLocale) => replace(tenant, { defaultLocale }, 1)),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      const current = await reader.current(tenant);
      assert.equal(current?.version, 2);
      assert.deepEqual(await reader.version(tenant, 2), { defaultLocale: current?.defaultLocale });
    });
  });
}
