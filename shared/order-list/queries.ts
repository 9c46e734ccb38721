import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { askedPage, nextCursor } from '#shared/http/list-query.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { CurrentGenerations } from '#shared/replay/current-generations.ts';
import { liveGeneration } from '#shared/replay/generations.ts';
import { type ListedOrder, type OrderListStore, positionOf } from './ports.ts';
import { orderListQuerySchema } from './query.ts';
import type { OrderListView } from './responses.ts';

export type OrderListPorts = {
  orderList: Pick<OrderListStore, 'listOrders'>;
  orderGenerations: CurrentGenerations;
  /** The stage's secret. It signs cursors. */
  secret: () => Promise<string>;
};

/** Rows that are examined for one page of a filtered list. They fit into one read call, which returns up to a megabyte. */
const ORDERS_LOOKED_AT = 500;

/**
 * A page of the tenant's orders, newest first, in one read call. So if a filter matches few orders, the page is short or
 * even empty, and has a cursor. A position is the same in every generation, so a cursor outlives a replay.
 */
export async function listOrders(event: TenantRequest, ports: OrderListPorts): Promise<Reply> {
  const { orderList, orderGenerations, secret } = ports;
  const asked = await askedPage(event, orderListQuerySchema, async (filters) => filters, secret);
  const { tenant, filters, limit, after } = asked;
  const { status, customerId, from, to } = filters;
  const isFiltered = status !== undefined || customerId !== undefined;
  const read = await orderGenerations.during((generations) => {
    const list = { tenant, generation: liveGeneration(generations, tenant) };
    return orderList.listOrders(list, { from, to, after }, isFiltered ? ORDERS_LOOKED_AT : limit);
  });
  const found = read.orders.filter(
    (order) =>
      (status === undefined || order.status === status) &&
      (customerId === undefined || order.customerId === customerId),
  );
  const orders = found.slice(0, limit);
  const last = found.length > limit ? orders.at(-1) : read.isLast ? undefined : read.orders.at(-1);
  const answer: OrderListView = {
    orders: orders.map(listedView),
    ...(await nextCursor(asked, last && positionOf(last), secret)),
  };
  return jsonResponse(JSON.stringify(answer));
}

/** The fields in a fixed order, because the store returns them in any. So the same rows give the same bytes. */
const listedView = ({ orderId, status, version, customerId, currency, total, itemCount, placedAt }: ListedOrder) => ({
  orderId,
  status,
  version,
  ...(customerId !== undefined && { customerId }),
  currency,
  total,
  itemCount,
  placedAt,
});
