import { CUSTOMER, CUSTOMER_ADDRESS, customerAddressKey } from '#shared/customer/customer.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import type { MemoryStore } from './memory-store.ts';

/** Customers, and who was registered with an address, among the states of a store in memory. */
export const memoryCustomers = (store: Pick<MemoryStore, 'states' | 'statesOf'>): CustomerStore => ({
  ...store.statesOf(CUSTOMER),

  async customersWith(tenant, recipient) {
    const asked = customerAddressKey(tenant, recipient, '');
    return [...store.states.values()].flatMap(({ key }) =>
      key.tenant === tenant &&
      key.type === asked.type &&
      key.id === recipient &&
      key.part?.type === CUSTOMER_ADDRESS.name
        ? key.part.id
        : [],
    );
  },
});
