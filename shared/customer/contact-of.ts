import { RequestRefused } from '#shared/http/request-refused.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { customerKey } from './customer.ts';
import type { CustomerStore } from './ports.ts';

/**
 * The contact of a registered customer, in one consistent read.
 * @throws RequestRefused `CUSTOMER_UNKNOWN` or `CUSTOMER_ERASED`. The refusal is not stored: the customer may be registered
 *   a moment later, and the same request then succeeds.
 */
export async function contactOf(
  tenant: string,
  customerId: string,
  customers: Pick<CustomerStore, 'read'>,
): Promise<Contact> {
  const customer = (await customers.read(customerKey(tenant, customerId)))?.state;
  switch (customer?.status) {
    case 'registered':
      return customer.contact;
    case 'erased':
      throw new RequestRefused(
        'CUSTOMER_ERASED',
        'The contact of this customer was erased.',
        'Give a contact instead of the customerId, or register the customer under another customerId. Wait a few seconds: the erasure also covers what is requested within two seconds after it.',
      );
    case undefined:
      throw new RequestRefused(
        'CUSTOMER_UNKNOWN',
        'There is no customer with this customerId.',
        'Register the customer with POST /customers and repeat the request with the same Idempotency-Key, or give a contact.',
      );
    default:
      return customer satisfies never;
  }
}
