import { CUSTOMER, CUSTOMER_ADDRESS, customerAddressKey, recipientSubject } from '#shared/customer/customer.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { storedStateOf, toItem } from './items.ts';
import { partitionKeyOf, stateItemKey } from './keys.ts';
import { stateStore } from './states.ts';
import { everyItem, type Table } from './table.ts';

/** Customers, and who was registered with an address. */
export function customerStore(table: Table): CustomerStore {
  return {
    ...stateStore(table, CUSTOMER),

    async customersWith(tenant, recipient) {
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :address)',
        ExpressionAttributeValues: toItem({
          ':pk': partitionKeyOf(recipientSubject(tenant, recipient)),
          ':address': stateItemKey(customerAddressKey(tenant, recipient, '')).sk,
        }),
        ConsistentRead: true,
      });
      return items.flatMap((item) => storedStateOf(CUSTOMER_ADDRESS, item)?.state.customerId ?? []);
    },
  };
}
