import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Suppression, SuppressionStore } from '#shared/suppression/ports.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const at = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();

const bounce = (recipient: string, minutes: number, more: Partial<Suppression> = {}): Suppression => ({
  recipient,
  channel: 'email',
  reason: 'BOUNCE',
  origin: `order_o${minutes}_1-1`,
  since: at(minutes),
  ...more,
});

/** What every store of suppressions must do, in memory and on a real engine alike. */
export function suppressionContract(name: string, storeOf: () => SuppressionStore): void {
  let tenants = 0;
  const freshTenant = (): string => {
    tenants += 1;
    return `tenant#${tenants}`;
  };
  const byRecipient = (suppressions: Suppression[]): Suppression[] =>
    suppressions.sort((one, other) => (one.recipient < other.recipient ? -1 : 1));

  describe(`suppressions: ${name}`, () => {
    it('shows which of several recipients are suppressed, each once, and another tenant none', async () => {
      const [store, tenant] = [storeOf(), freshTenant()];
      const complaint = bounce('key-b', 1, { reason: 'COMPLAINT', channel: 'sms' });
      assert.deepEqual(await store.suppress(tenant, bounce('key-a', 0)), bounce('key-a', 0));
      assert.deepEqual(await store.suppress(tenant, complaint), complaint);
      const recipients = ['key-c', 'key-b', 'key-a', 'key-b'];
      assert.deepEqual(byRecipient(await store.suppressionsOf(tenant, recipients)), [bounce('key-a', 0), complaint]);
      assert.deepEqual(await store.suppressionsOf(freshTenant(), recipients), []);
      assert.deepEqual(await store.suppressionsOf(tenant, []), []);
    });

    it('keeps the earliest reason, in whichever order they come and however often', async () => {
      const orders = [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0, 0, 1, 2],
      ];
      for (const order of orders) {
        const [store, tenant] = [storeOf(), freshTenant()];
        for (const minutes of order) await store.suppress(tenant, bounce('key', minutes));
        assert.deepEqual(await store.suppressionsOf(tenant, ['key']), [bounce('key', 0)]);
        assert.deepEqual(await store.suppress(tenant, bounce('key', 5)), bounce('key', 0));
      }
    });

    it('is not begun again by what happened before it was lifted, and is by what happens later', async () => {
      const [store, tenant] = [storeOf(), freshTenant()];
      await store.suppress(tenant, bounce('key', 0));
      assert.deepEqual(await store.liftSuppression(tenant, 'key', NOON + 10 * 60_000), bounce('key', 0));
      assert.deepEqual(await store.suppressionsOf(tenant, ['key']), []);
      for (const minutes of [0, 5, 10]) {
        assert.equal(await store.suppress(tenant, bounce('key', minutes)), undefined, `at ${minutes}`);
      }
      assert.deepEqual(await store.suppressionsOf(tenant, ['key']), []);
      for (const minutes of [20, 15, 5, 30]) await store.suppress(tenant, bounce('key', minutes));
      assert.deepEqual(await store.suppressionsOf(tenant, ['key']), [bounce('key', 15)]);
    });

    it('is lifted once, and not where there is none', async () => {
      const [store, tenant] = [storeOf(), freshTenant()];
      assert.equal(await store.liftSuppression(tenant, 'key', NOON), undefined);
      await store.suppress(tenant, bounce('key', 0));
      const lifts = await Promise.all([1, 2, 3].map(() => store.liftSuppression(tenant, 'key', NOON + 1)));
      assert.equal(lifts.filter((lifted) => lifted !== undefined).length, 1);
      await store.suppress(tenant, bounce('key', 1));
      assert.equal((await store.suppressionsOf(tenant, ['key'])).length, 1, 'a lift of nothing leaves no trace');
    });

    it('is lifted although the clock that began it is ahead of ours', async () => {
      const [store, tenant] = [storeOf(), freshTenant()];
      await store.suppress(tenant, bounce('key', 1));
      assert.deepEqual(await store.liftSuppression(tenant, 'key', NOON), bounce('key', 1));
      assert.deepEqual(await store.suppressionsOf(tenant, ['key']), []);
      assert.equal(await store.suppress(tenant, bounce('key', 1)), undefined);
    });

    it('is listed page by page, without what was lifted', async () => {
      const [store, tenant] = [storeOf(), freshTenant()];
      const keys = ['-a', 'A', '_b', 'b', 'c'];
      for (const key of keys) await store.suppress(tenant, bounce(key, 0));
      await store.liftSuppression(tenant, 'b', NOON + 1);
      const seen: Suppression[] = [];
      let [cursor, pages]: [string | undefined, number] = [undefined, 0];
      do {
        const page: Awaited<ReturnType<typeof store.listSuppressions>> = await store.listSuppressions(
          tenant,
          2,
          cursor,
        );
        assert.ok(page.suppressions.length <= 2);
        seen.push(...page.suppressions);
        cursor = page.cursor;
        pages += 1;
      } while (cursor !== undefined && pages < 10);
      assert.deepEqual(
        seen,
        ['-a', 'A', '_b', 'c'].map((key) => bounce(key, 0)),
      );
    });
  });
}
