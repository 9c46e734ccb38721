import type { Channel } from '#shared/names.ts';
import { countText, type MoneyFormat, moneyFormat, timeText } from '#shared/notification/rendering/figures.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import { type Filling, templateOf } from '#shared/notification/template.ts';

/** The message that confirms an order to its contact. */
export const ORDER_CONFIRMATION = templateOf<OrderConfirmation>('order-confirmation', {
  figures: {
    orderId: ({ data }) => data.orderId,
    total: (filling, channel) => moneyOn(channel, filling)(BigInt(filling.data.total)),
    itemCount: ({ data, locale }) => countText(data.itemCount, locale),
    placedAt: ({ data, locale }) => timeText(data.placedAt, locale),
  },
  typed: {
    name: ({ data }) => singleLine(data.name),
  },
  emailOnly: {
    /** One line of text for each. */
    lines: (filling, channel) =>
      (filling.data.lines ?? [])
        .map(({ quantity, description, unitPrice }) => {
          const amount = moneyOn(channel, filling)(BigInt(quantity) * BigInt(unitPrice));
          return `${countText(quantity, filling.locale)} x ${singleLine(description)}, ${amount}`;
        })
        .join('\n'),
  },
  sample: {
    orderId: 'k3v7q2m5x4h6j8n9p2r4t6w8ya',
    name: 'Ada Lovelace',
    currency: 'EUR',
    total: 2500,
    itemCount: 2,
    placedAt: '2026-01-31T09:00:00.000Z',
    lines: [{ description: 'Mug, blue', quantity: 2, unitPrice: 1250 }],
  },
});

/** A currency's symbol could double the price of a text message. */
const moneyOn = (channel: Channel, { data, locale }: Filling<OrderConfirmation>): MoneyFormat =>
  moneyFormat(data.currency, locale, channel === 'sms' ? 'code' : 'symbol');

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
