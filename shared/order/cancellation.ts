import { moneyFormat } from '#shared/notification/rendering/figures.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { templateOf } from '#shared/notification/template.ts';

/** The message that says that an order is cancelled. It does not say why, because the reason is for the seller. */
export const ORDER_CANCELLATION = templateOf<OrderCancellation>('order-cancellation', {
  figures: {
    orderId: ({ data }) => data.orderId,
    total: ({ data, locale }) => moneyFormat(data.currency, locale, 'symbol')(BigInt(data.total)),
  },
  typed: { name: ({ data }) => singleLine(data.name) },
  sample: { orderId: 'k3v7q2m5x4h6j8n9p2r4t6w8ya', name: 'Ada Lovelace', currency: 'EUR', total: 2500 },
});

export type OrderCancellation = {
  orderId: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  /** In minor units of the currency. */
  total: number;
};
