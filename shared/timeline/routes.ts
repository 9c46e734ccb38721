import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { pathParameter, queryParameter, requestRoute } from '#shared/http/route.ts';
import { getCustomerTimeline, getOrderTimeline } from './queries.ts';
import { timelineQuerySchema } from './requests.ts';
import { timelineSchema } from './responses.ts';

const cursor = queryParameter('cursor', timelineQuerySchema.entries.cursor, '`nextCursor` of the previous page.');

export const timelineQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/orders/{orderId}/timeline',
    scope: 'orders:read',
    operationId: 'getOrderTimeline',
    tag: 'Orders',
    summary: 'Read what happened to an order',
    description:
      'Commands, events, processes, steps of notifications and feedback of providers, by time. A cause comes before its effect, ' +
      'also if their clocks differ: `causationId` names the cause, and `id` is the id of a message, a command or a step. ' +
      'No entry contains an address or a text. Of each attempt to send, the last outcome is shown, and `held` only while a ' +
      'person must decide.',
    parameters: [pathParameter('OrderId', DERIVED_ID), cursor],
    answer: { status: 200, description: 'A page.', schema: timelineSchema },
    failures: [400, 404],
    handle: getOrderTimeline,
  }),
  requestRoute({
    method: 'GET',
    path: '/customers/{customerId}/timeline',
    scope: 'orders:read',
    operationId: 'getCustomerTimeline',
    tag: 'Customers',
    summary: 'Read the registration, the greeting and the erasure of a customer',
    description:
      'The entries have the form of the timeline of an order. The orders of the customer have timelines of their own.',
    parameters: [pathParameter('CustomerId', CUSTOMER_ID), cursor],
    answer: { status: 200, description: 'A page.', schema: timelineSchema },
    failures: [400, 404],
    handle: getCustomerTimeline,
  }),
];

/** Names in the OpenAPI document. */
export const timelineSchemas: NamedSchemas = { Timeline: { schema: timelineSchema } };
