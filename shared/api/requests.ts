import * as z from 'zod/mini';
import { isExact, ORDER_LIMIT, totalOf } from '#shared/domain/order/order.ts';
import { currency, emailAddress, identifier, locale, phoneNumber, plainText, sku } from './fields.ts';

/** `/orders` takes this many bytes; a larger order is no order. */
export const ORDER_BODY_BYTES = 64 * 1024;

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

export const contactSchema = z
  .strictObject({
    name: plainText(100),
    email: z.optional(emailAddress),
    phone: z.optional(phoneNumber),
    locale: z.optional(locale),
  })
  .check(
    z.refine(({ email, phone }) => email !== undefined || phone !== undefined, {
      params: {
        code: 'CONTACT_UNREACHABLE',
        message: 'There is neither an e-mail address nor a phone number.',
        next: 'Give email, phone or both.',
      },
      // Also beside other faults: all are told at once.
      when: ({ value }) => isRecord(value),
    }),
  );

export const orderLineSchema = z.strictObject({
  sku,
  description: plainText(200),
  quantity: z.int().check(z.minimum(1), z.maximum(ORDER_LIMIT.quantity)),
  unitPrice: z.int().check(z.minimum(0)),
});

/** Body of `POST /orders`. */
export const placeOrderSchema = z.strictObject({
  contact: contactSchema,
  customerId: z.optional(identifier),
  currency,
  lines: z.array(orderLineSchema).check(
    z.maxLength(ORDER_LIMIT.lines),
    z.refine((lines) => isExact(totalOf(lines)), {
      params: {
        code: 'TOTAL_TOO_LARGE',
        message: 'The total is too large to be told exactly.',
        next: 'Lower quantities or prices, or place several orders.',
      },
    }),
  ),
});

export type PlaceOrderBody = z.output<typeof placeOrderSchema>;
/** Body of `POST /orders/{orderId}/items`: one line, in the order's currency. */
export type AddItemBody = z.output<typeof orderLineSchema>;
