import { templateOf } from '#shared/notification/template.ts';

/** The message that confirms an order to its contact. */
export const ORDER_CONFIRMATION = templateOf<OrderConfirmation>('order-confirmation');

export type OrderConfirmation = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
  /** Sum of the quantities. */
  itemCount: number;
  /** ISO 8601 in UTC. */
  placedAt: string;
  /** For channels that list the lines. A text message shows only their count: no purchases on a locked screen. */
  lines?: readonly ConfirmedLine[];
};

export type ConfirmedLine = {
  description: string;
  quantity: number;
  /** In minor units of the currency. */
  unitPrice: number;
};
