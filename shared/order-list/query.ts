import * as v from 'valibot';
import { identifier } from '#shared/http/input/fields.ts';
import { crossFieldCheck, strictObject } from '#shared/http/input/structures.ts';
import { isReversed, LIST_ENTRIES } from '#shared/http/list-query.ts';
import { orderViewSchema } from '#shared/order/responses.ts';

/** Query of `GET /orders`. API Gateway passes every parameter as text. */
export const orderListQuerySchema = v.pipe(
  strictObject({
    status: v.optional(orderViewSchema.entries.status),
    customerId: v.optional(identifier),
    ...LIST_ENTRIES,
  }),
  crossFieldCheck((query) => !isReversed(query), 'RANGE_REVERSED', 'from'),
);
