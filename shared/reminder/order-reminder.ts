import { templateOf } from '#shared/notification/template.ts';

/** The message that reminds of an order that is not confirmed. */
export const ORDER_REMINDER = templateOf<OrderReminder>('order-reminder');

export type OrderReminder = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
  /** ISO 8601 in UTC. */
  placedAt: string;
};
