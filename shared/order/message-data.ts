import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';
import { orderViewSchema } from './responses.ts';

/** The order as every message about it shows it: a receiver of any one message knows where the order stands. */
const figures = {
  orderId: v.string(),
  status: orderViewSchema.entries.status,
  customerId: v.optional(v.string()),
  currency: v.string(),
  total: wholeNumber,
  itemCount: wholeNumber,
  placedAt: utcTimestamp,
};

const line = v.object({ sku: v.string(), quantity: wholeNumber, unitPrice: wholeNumber });

/** The messages about orders. They carry ids and figures, and no free text. */
export const orderMessages = {
  OrderPlaced: { summary: 'An order was placed.', data: v.object({ ...figures, lines: v.array(line) }) },
  ItemAdded: { summary: 'An item was added to an order.', data: v.object({ ...figures, line }) },
  FirstItemAdded: {
    summary: 'An order got its first item. Once for each order.',
    data: v.object({ ...figures, line }),
  },
  OrderConfirmed: {
    summary: 'An order was confirmed. Its lines no longer change, so it is also the request for an invoice.',
    data: v.object({ ...figures, lines: v.array(line) }),
  },
  OrderApproved: { summary: 'An order was approved.', data: v.object(figures) },
  OrderCancelled: { summary: 'An order was cancelled.', data: v.object(figures) },
  ContactErased: { summary: 'The personal data of an order was erased.', data: v.object(figures) },
} satisfies Record<string, MessageDescription>;

export type OrderMessageData = DataOf<typeof orderMessages>;
