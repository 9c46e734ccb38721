import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { FUNCTION } from '#shared/names.ts';
import { ORDER } from '#shared/order/order.ts';
import { projectOrder } from '#shared/order-list/projection.ts';

/** The list of orders. Each message about an order writes the order's row, unless the row is as new as the message. */
export const handler = subscriberHandler(FUNCTION.projectOrders, ({ table, clock }) => {
  const ports = { orderList: orderListStore(table), orders: stateStore(table, ORDER), clock };
  return (body) => projectOrder(body, ports);
});
