import { countText, moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { templateOf } from '#shared/notification/template.ts';
import type { ConfirmedLine } from '#shared/order/confirmation.ts';

/** The message that an order is approved. */
export const ORDER_APPROVAL = templateOf<OrderApproval>('order-approval', {
  figures: {
    orderId: ({ data }) => data.orderId,
    total: ({ data, locale }) => moneyFormat(data.currency, locale, 'symbol')(BigInt(data.total)),
    itemCount: ({ data, locale }) => countText(data.itemCount, locale),
    approvedAt: ({ data, locale }) => timeText(data.approvedAt, locale),
  },
  typed: { name: ({ data }) => singleLine(data.name) },
  sample: {
    orderId: 'k3v7q2m5x4h6j8n9p2r4t6w8ya',
    name: 'Ada Lovelace',
    currency: 'EUR',
    total: 2500,
    itemCount: 2,
    approvedAt: '2026-01-31T09:30:00.000Z',
    lines: [{ description: 'Mug, blue', quantity: 2, unitPrice: 1250 }],
  },
});

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
