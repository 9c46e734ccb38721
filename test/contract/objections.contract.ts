import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectionStore } from '#shared/delivery/ports.ts';
import { ERASURE, type Erasure, type ErasureScope } from '#shared/erasure/erasure.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { StateStores } from '#shared/once/ports.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';

type Store = ObjectionStore & StateStores & SuppressionStore;

/** What every store must tell a sender of the people that a notification goes to, in memory and on a real engine alike. */
export function objectionContract(name: string, storeOf: () => Store): void {
  const tenant = 'objections';
  const asState = (scope: ErasureScope): StoredState<Erasure> => {
    const at = '2026-01-01T00:00:00.000Z';
    const state: Erasure = { status: 'DONE', scope, requestedAt: at, erased: 0, correlationId: 'c', doneAt: at };
    return { schemaVersion: 1, version: 1, state };
  };
  const bounce = { channel: 'email', reason: 'BOUNCE', origin: 'o', since: '2026-01-01T00:00:00.000Z' } as const;

  describe(`objections: ${name}`, () => {
    it('are the suppressions in force and the erasures of exactly those people', async () => {
      const store = storeOf();
      const [ofRecipient, ofCustomer] = [{ recipient: 'key-b' }, { customerId: 'ada-1' }];
      await store.suppress(tenant, { recipient: 'key-a', ...bounce });
      await store.suppress(tenant, { recipient: 'key-lifted', ...bounce });
      await store.liftSuppression(tenant, 'key-lifted', Date.UTC(2026, 0, 2));
      for (const scope of [ofRecipient, ofCustomer]) {
        await store.statesOf(ERASURE).replace(erasureKeyOf(tenant, scope), 0, asState(scope));
      }
      const recipients = ['key-a', 'key-b', 'key-lifted', 'key-a'];
      const scopes = [{ recipient: 'key-a' }, ofRecipient, ofCustomer];
      const keys = scopes.map((scope) => erasureKeyOf(tenant, scope));
      const { suppressions, erasures } = await store.objectionsTo(tenant, recipients, keys);
      assert.deepEqual(suppressions, [{ recipient: 'key-a', ...bounce }]);
      const found = erasures.map(({ key, stored }) => [key, stored.state.scope]);
      const inOrder = (pairs: unknown[][]) => pairs.map((pair) => JSON.stringify(pair)).sort();
      assert.deepEqual(
        inOrder(found),
        inOrder([ofRecipient, ofCustomer].map((scope) => [erasureKeyOf(tenant, scope), scope])),
      );
      const elsewhere = keys.map((key) => ({ ...key, tenant: 'another' }));
      assert.deepEqual(await store.objectionsTo('another', recipients, elsewhere), { suppressions: [], erasures: [] });
    });

    it('are found for fifty recipients and a customer, which is more than one read call can name', async () => {
      const store = storeOf();
      const recipients = Array.from({ length: 50 }, (_, index) => `many-${index}`);
      const customer = { customerId: 'many' };
      const keys = [...recipients.map((recipient) => ({ recipient })), customer].map((scope) =>
        erasureKeyOf(tenant, scope),
      );
      await store.suppress(tenant, { recipient: 'many-49', ...bounce });
      await store.statesOf(ERASURE).replace(erasureKeyOf(tenant, customer), 0, asState(customer));
      const { suppressions, erasures } = await store.objectionsTo(tenant, recipients, keys);
      assert.deepEqual([suppressions.length, erasures.length], [1, 1]);
    });
  });
}
