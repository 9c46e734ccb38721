import { listParameters } from '#shared/http/list-query.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { queryParameter, requestRoute } from '#shared/http/route.ts';
import { listOrders } from './queries.ts';
import { orderListQuerySchema } from './query.ts';
import { listedOrderSchema, orderListSchema } from './responses.ts';

const { status, customerId } = orderListQuerySchema.entries;

export const orderListQueries = () => [
  // The handler reads the query by itself, because it reports a forged cursor together with the faults of the filters.
  requestRoute({
    method: 'GET',
    path: '/orders',
    scope: 'orders:read',
    operationId: 'listOrders',
    tag: 'Orders',
    summary: 'List orders, newest first',
    description:
      'The list follows the orders within seconds: it is written from their messages. `version` says which version of ' +
      'an order a row shows. A page reads a bounded part of the list. If a filter matches few orders, a page may be ' +
      'short or empty and still have a `nextCursor`. The last page has none. A cursor is valid with its filters only, ' +
      'and stays valid while new orders arrive: each older order is on exactly one page.',
    parameters: [
      queryParameter('status', status, 'Only orders with this status.'),
      queryParameter('customerId', customerId, 'Only orders of this customer.'),
      ...listParameters('orders', 'Placed'),
    ],
    answer: { status: 200, description: 'A page.', schema: orderListSchema },
    failures: [400],
    handle: listOrders,
  }),
];

/** Names in the OpenAPI document. */
export const orderListSchemas: NamedSchemas = {
  ListedOrder: { schema: listedOrderSchema, description: 'An order without its lines and its contact.' },
  OrderList: { schema: orderListSchema },
};
