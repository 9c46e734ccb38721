import * as v from 'valibot';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { orderViewSchema } from '#shared/order/responses.ts';

const { orderId, status, version, customerId, currency, total, placedAt } = orderViewSchema.entries;

export const listedOrderSchema = v.object({
  orderId,
  status,
  version,
  customerId,
  currency,
  total,
  /** Sum of the lines' quantities. */
  itemCount: wholeNumber,
  placedAt,
});

export const orderListSchema = v.object({
  orders: v.array(listedOrderSchema),
  nextCursor: v.optional(v.string()),
});

export type OrderListView = v.InferOutput<typeof orderListSchema>;
