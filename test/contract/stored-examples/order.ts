import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { SORT_KEY } from '#shared/names.ts';
import { NO_NOTIFICATIONS } from '#shared/notification/request.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { orderDecider } from '#shared/order/decider.ts';
import type { Order } from '#shared/order/order.ts';
import { byEmail, FULL_ORDER, LINE, partitionOf, type Stage, TENANT } from './stage.ts';

/** Rows of orders, as requests of the API create and change them. */
export async function orders({
  ports,
  post,
  itemAt,
}: Stage): Promise<Record<string, Item> & Record<Order['status'], Item>> {
  const stateOf = (orderId: string) => itemAt(partitionOf(orderId), SORT_KEY.state);
  const placed = await stateOf(await post('order in full', FULL_ORDER));
  const smallest = await stateOf(await post('smallest order', byEmail));
  const grown = await post('order that grows', byEmail);
  await post('adding to it', LINE, grown);
  const withItem = await stateOf(grown);
  const commandId = messageCommandId('erase', `order_${grown}`);
  await executeOnce(
    {
      decider: orderDecider,
      key: { tenant: TENANT, type: 'order', id: grown },
      commandId,
      fingerprint: commandId,
      command: { type: 'EraseContact' },
      terms: NO_NOTIFICATIONS,
      metadata: { correlationId: 'correlation', causationId: 'cause' },
    },
    ports,
  );
  return { placed, smallest, 'with an item added': withItem, 'without its contact': await stateOf(grown) };
}
