import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { customerKey } from '#shared/customer/customer.ts';
import { customerDecider } from '#shared/customer/decider.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { countedRandomness, manualClock } from '#test/support/ports.ts';
import { TERMS } from '#test/support/requested.ts';

/** What every store of customers must do, in memory and on a real engine alike. */
export function customerContract(name: string, storesOf: () => { customers: CustomerStore; once: OnceStore }): void {
  let tenants = 0;
  const freshTenant = (): string => {
    tenants += 1;
    return `customers#${tenants}`;
  };
  const register = async (tenant: string, customerId: string, contact: Omit<Contact, 'name'>): Promise<void> => {
    const clock = manualClock();
    await executeOnce(
      {
        decider: customerDecider,
        key: customerKey(tenant, customerId),
        commandId: `http#${customerId}`,
        fingerprint: customerId,
        command: { type: 'RegisterCustomer', data: { contact: { name: 'Ada', ...contact } } },
        terms: TERMS,
        metadata: { correlationId: 'correlation', causationId: 'request' },
      },
      {
        store: storesOf().once,
        clock,
        timer: clock,
        random: countedRandomness(),
        settings: { outboxGraceMs: 60_000, budgetMs: 1000 },
      },
    );
  };

  describe(`customers: ${name}`, () => {
    it('are read by their id, for their own tenant only', async () => {
      const [{ customers }, tenant] = [storesOf(), freshTenant()];
      await register(tenant, 'customer-1', { email: 'ada@example.com' });
      const stored = await customers.read(customerKey(tenant, 'customer-1'));
      assert.deepEqual(stored?.state, {
        status: 'registered',
        customerId: 'customer-1',
        contact: { name: 'Ada', email: 'ada@example.com' },
        registeredAt: '2026-01-01T00:00:00.000Z',
      });
      assert.equal(await customers.read(customerKey(tenant, 'customer-2')), undefined);
      assert.equal(await customers.read(customerKey(freshTenant(), 'customer-1')), undefined);
    });

    it('are found by each of their addresses, for their own tenant only', async () => {
      const [{ customers }, tenant] = [storesOf(), freshTenant()];
      const [shared, phone] = ['family@example.com', '+4366012345678'];
      const byEmail = TERMS.recipientKey(tenant, 'email', shared);
      await register(tenant, 'order_o1_1-1', { email: shared, phone });
      await register(tenant, 'customer-2', { email: shared });
      await register(tenant, 'customer-3', { email: 'other@example.com' });
      assert.deepEqual((await customers.customersWith(tenant, byEmail)).sort(), ['customer-2', 'order_o1_1-1']);
      const byPhone = TERMS.recipientKey(tenant, 'sms', phone);
      assert.deepEqual(await customers.customersWith(tenant, byPhone), ['order_o1_1-1']);
      assert.deepEqual(await customers.customersWith(tenant, 'no such key'), []);
      assert.deepEqual(await customers.customersWith(freshTenant(), byEmail), []);
    });
  });
}
