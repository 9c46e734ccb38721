import { templateOf } from '#shared/notification/template.ts';

/** The message that says that an order is cancelled. It does not say why, because the reason is for the seller. */
export const ORDER_CANCELLATION = templateOf<OrderCancellation>('order-cancellation');

export type OrderCancellation = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
};
