import { singleLine } from '#shared/notification/rendering/text.ts';
import { templateOf } from '#shared/notification/template.ts';
import type { OrderStatus } from '#shared/order/order.ts';

/** The message that follows on the other channel if a message about an order did not arrive. */
export const ORDER_FALLBACK = templateOf<OrderFallback>('order-fallback', {
  figures: { orderId: ({ data }) => data.orderId },
  typed: { name: ({ data }) => singleLine(data.name) },
  sample: { orderId: 'k3v7q2m5x4h6j8n9p2r4t6w8ya', name: 'Ada Lovelace', status: 'placed' },
});

/** The order as it is when the fallback is requested, so the recipient is up to date. */
export type OrderFallback = { orderId: string; name: string; status: OrderStatus };
