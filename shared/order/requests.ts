import * as v from 'valibot';
import { currency, description, identifier, plainText, rule, sku } from '#shared/http/input/fields.ts';
import { crossFieldCheck, listOf, strictObject, wholeNumberBetween } from '#shared/http/input/structures.ts';
import { contactSchema } from '#shared/recipient/requests.ts';
import { isExact, ORDER_LIMIT, totalOf } from './order.ts';

/** Bound of the body of `POST /orders`, and of adding an item. */
export const ORDER_BODY_BYTES = 64 * 1024;

/** Bound of the body of every other command. */
export const STEP_BODY_BYTES = 4 * 1024;

export const orderLineSchema = strictObject({
  sku,
  description,
  quantity: wholeNumberBetween(1, ORDER_LIMIT.quantity),
  unitPrice: wholeNumberBetween(0),
});

/** Body of `POST /orders/{orderId}/items`: one line, in the currency of the order. */
export const addItemSchema = v.lazy(() => orderLineSchema);

/** Body of a step that needs no more than the order's id. */
export const emptySchema = strictObject({});

/** Body of `POST /orders/{orderId}/cancel`. The reason may be personal, so an erasure of the contact removes it. */
export const cancelOrderSchema = strictObject({ reason: plainText(500) });

/**
 * Body of `POST /orders`. Without a contact, the order has the contact of the customer. With one, `customerId` is the
 * caller's own reference, and no customer is looked up.
 */
export const placeOrderSchema = v.pipe(
  strictObject({
    contact: v.optional(contactSchema),
    customerId: v.optional(identifier),
    currency,
    lines: v.pipe(
      listOf(orderLineSchema, ORDER_LIMIT.lines),
      rule('TOTAL_TOO_LARGE', (lines) => isExact(totalOf(lines))),
    ),
  }),
  crossFieldCheck(
    ({ contact, customerId }) => contact !== undefined || customerId !== undefined,
    'CONTACT_OR_CUSTOMER_REQUIRED',
    'contact',
  ),
);

export type PlaceOrderBody = v.InferOutput<typeof placeOrderSchema>;
export type CancelOrderBody = v.InferOutput<typeof cancelOrderSchema>;
export type AddItemBody = v.InferOutput<typeof addItemSchema>;
