import { templateOf } from '#shared/notification/template.ts';
import type { ConfirmedLine } from '#shared/order/confirmation.ts';

/** The message that an order is approved. */
export const ORDER_APPROVAL = templateOf<OrderApproval>('order-approval');

export type OrderApproval = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
  /** Sum of the quantities. */
  itemCount: number;
  /** ISO 8601 in UTC. */
  approvedAt: string;
  lines: readonly ConfirmedLine[];
};
