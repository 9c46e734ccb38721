import { moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { templateOf } from '#shared/notification/template.ts';

/** The message that reminds of an order that is not confirmed. */
export const ORDER_REMINDER = templateOf<OrderReminder>('order-reminder', {
  figures: {
    orderId: ({ data }) => data.orderId,
    total: ({ data, locale }) => moneyFormat(data.currency, locale, 'symbol')(BigInt(data.total)),
    placedAt: ({ data, locale }) => timeText(data.placedAt, locale),
  },
  typed: { name: ({ data }) => singleLine(data.name) },
  sample: {
    orderId: 'k3v7q2m5x4h6j8n9p2r4t6w8ya',
    name: 'Ada Lovelace',
    currency: 'EUR',
    total: 2500,
    placedAt: '2026-01-31T09:30:00.000Z',
  },
});

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
