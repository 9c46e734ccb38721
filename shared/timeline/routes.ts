import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { pathParameter, queryParameter, requestRoute } from '#shared/http/route.ts';
import { getOrderTimeline } from './queries.ts';
import { timelineQuerySchema } from './requests.ts';
import { timelineSchema } from './responses.ts';

export const timelineQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/orders/{orderId}/timeline',
    scope: 'orders:read',
    operationId: 'getOrderTimeline',
    tag: 'Orders',
    summary: 'Read everything that happened to an order',
    description:
      'Commands, events, steps of notifications and feedback of providers, by time. A cause comes before its effect, ' +
      'also if their clocks differ: `causationId` names the cause, and `id` is the id of a message, a command or a step. ' +
      'No entry contains an address or a text.',
    parameters: [
      pathParameter('OrderId', DERIVED_ID),
      queryParameter('cursor', timelineQuerySchema.entries.cursor, '`nextCursor` of the previous page.'),
    ],
    answer: { status: 200, description: 'A page.', schema: timelineSchema },
    failures: [400, 404],
    handle: getOrderTimeline,
  }),
];

/** Names in the OpenAPI document. */
export const timelineSchemas: NamedSchemas = { Timeline: { schema: timelineSchema } };
