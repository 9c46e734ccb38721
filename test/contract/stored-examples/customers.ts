import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { eraseContactOf } from '#shared/customer/commands.ts';
import type { Customer } from '#shared/customer/customer.ts';
import { SORT_KEY } from '#shared/names.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { CONTACT, type Stage, TENANT } from './stage.ts';

export type CustomerExamples = {
  customer: Record<string, Item> & Record<Customer['status'], Item>;
  customeraddress: Record<string, Item>;
};

/** A customer with every field, one with an id of ours, and one that was erased. */
export async function customers({ ask, ports, clock, itemAt }: Stage): Promise<CustomerExamples> {
  const register = (key: string, body: object): Promise<{ customerId: string }> => ask('POST /customers', key, body);
  const rowOf = (customerId: string): Promise<Item> => itemAt(`${TENANT}#customer#${customerId}`, SORT_KEY.state);
  await register('customer in full', { ...CONTACT, customerId: 'customer-1' });
  const registered = await rowOf('customer-1');
  const byEmail = { name: 'Ada', email: 'ada@example.com' };
  const smallest = await rowOf((await register('smallest customer', byEmail)).customerId);
  await register('customer to erase', { ...byEmail, customerId: 'customer-2' });
  clock.advance(1000);
  const request = { tenant: TENANT, correlationId: 'correlation' };
  await eraseContactOf('customer-2', request, { ...ports, secret: async () => 'key' });
  const address = (channel: 'email' | 'sms', given: string): Promise<Item> =>
    itemAt(`${TENANT}#recipient#${recipientKey('key')(TENANT, channel, given)}`, 'CUSTOMERADDRESS#customer-1');
  return {
    customer: { registered, smallest, erased: await rowOf('customer-2') },
    customeraddress: {
      'e-mail': await address('email', CONTACT.email),
      phone: await address('sms', CONTACT.phone),
    },
  };
}
