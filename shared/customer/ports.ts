import type { StateStore } from '#shared/once/ports.ts';
import type { Customer } from './customer.ts';

export type CustomerStore = Pick<StateStore<Customer>, 'read'> & {
  /** Consistent: ids of the customers who were registered with this recipient (a recipient key), erased ones included. */
  customersWith(tenant: string, recipient: string): Promise<string[]>;
};
