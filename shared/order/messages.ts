import type { ContactChannel } from '#shared/names.ts';
import type { RequestedContent } from '#shared/notification/content.ts';
import { type AnyTemplate, contentFrom, type Template } from '#shared/notification/template.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { ORDER_CANCELLATION, type OrderCancellation } from './cancellation.ts';
import { ORDER_CONFIRMATION, type OrderConfirmation } from './confirmation.ts';
import { itemCountOf, type Order, type OrderEvent, type OrderLine } from './order.ts';

/** What an event sends to the order's contact: one message on each of these channels that reaches the contact. */
export type ContactMessage = {
  channels: readonly ContactChannel[];
  template: AnyTemplate;
  /** Why the message is sent. It is stored with every notification. */
  purpose: string;
  contentFor: (to: { channel: ContactChannel; address: string; contact: Contact }, order: Order) => RequestedContent;
};

/** Which event sends which message to the contact. A new kind of event does not compile without its row. */
export const CONTACT_MESSAGES: Readonly<Record<OrderEvent['type'], ContactMessage | undefined>> = {
  OrderPlaced: message(['email', 'sms'], ORDER_CONFIRMATION, 'order-confirmation', confirmationOf),
  ItemAdded: undefined,
  OrderConfirmed: undefined,
  OrderApproved: undefined,
  OrderCancelled: message(['email'], ORDER_CANCELLATION, 'order-cancellation', cancellationOf),
  ContactErased: undefined,
};

function message<Data>(
  channels: readonly ContactChannel[],
  template: Template<Data>,
  purpose: string,
  dataOf: (order: Order, contact: Contact, channel: ContactChannel) => Data,
): ContactMessage {
  return {
    channels,
    template,
    purpose,
    contentFor: ({ channel, address, contact }, order) =>
      contentFrom(template, [address], { locale: contact.locale, data: dataOf(order, contact, channel) }),
  };
}

function confirmationOf(order: Order, { name }: Contact, channel: ContactChannel): OrderConfirmation {
  const { orderId, currency, total, lines, placedAt } = order;
  const summary = { orderId, name, currency, total, itemCount: itemCountOf(order), placedAt };
  return channel === 'email' ? { ...summary, lines: lines.map(describedOf) } : summary;
}

const describedOf = ({ description, quantity, unitPrice }: OrderLine) => ({ description, quantity, unitPrice });

function cancellationOf({ orderId, currency, total }: Order, { name }: Contact): OrderCancellation {
  return { orderId, name, currency, total };
}
