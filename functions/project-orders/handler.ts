import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { FUNCTION } from '#shared/names.ts';
import { ORDER } from '#shared/order/order.ts';
import { ORDER_LIST } from '#shared/order-list/ports.ts';
import { projectOrder } from '#shared/order-list/projection.ts';
import { currentGenerations } from '#shared/replay/current-generations.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';

/** The list of orders. Each message about an order writes the order's row, unless the row is as new as the message. */
export const handler = subscriberHandler(FUNCTION.projectOrders, ({ table, clock }) => {
  const generations = currentGenerations(ORDER_LIST, { states: stateStore(table, GENERATIONS), clock });
  const ports = { orderList: orderListStore(table), generations, orders: stateStore(table, ORDER), clock };
  return (body) => projectOrder(body, ports);
});
