import type { AnnounceContext } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import type { Channel } from '#shared/names.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { contentFrom } from '#shared/notification/template.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { ORDER_CONFIRMATION, type OrderConfirmation } from './confirmation.ts';
import type { Order, OrderEvent, OrderLine, OrderPlaced } from './order.ts';

/** Types of the public messages about orders. The messages carry ids and figures, and no free text. */
export const ORDER_MESSAGE = {
  placed: 'counterfoil.order.placed.v1',
  itemAdded: 'counterfoil.order.item-added.v1',
  firstItemAdded: 'counterfoil.order.first-item-added.v1',
  contactErased: 'counterfoil.order.contact-erased.v1',
} as const;

/**
 * Announces a change: one message for each event, another one when the order receives its first line, and a
 * confirmation on every channel that reaches the contact.
 */
export function announce(
  events: readonly OrderEvent[],
  order: Order,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications {
  const confirmed = announcedTogether(
    events.flatMap((event) => (event.type === 'OrderPlaced' ? confirmations(event, order, context) : [])),
  );
  return {
    ...confirmed,
    messages: [
      ...events.map((event) => messageAbout(event, order)),
      ...firstItemMessage(events, order),
      ...confirmed.messages,
    ],
  };
}

/** The answer to a command. It lists the notifications that this command requested. */
export function answer(
  order: Order,
  { notifications }: AnnouncedNotifications,
  version: number,
): Record<string, unknown> {
  const { orderId, status, currency, total, lines } = order;
  return { orderId, status, version, currency, total, lines, notifications };
}

function messageAbout(event: OrderEvent, { orderId, customerId, currency, total, lines }: Order): NewMessage {
  switch (event.type) {
    case 'OrderPlaced': {
      const customer = customerId === undefined ? {} : { customerId };
      return {
        type: ORDER_MESSAGE.placed,
        data: { orderId, ...customer, currency, total, lines: lines.map(figuresOf) },
      };
    }
    case 'ItemAdded':
      return { type: ORDER_MESSAGE.itemAdded, data: { orderId, currency, total, line: figuresOf(event.data.line) } };
    case 'ContactErased':
      return { type: ORDER_MESSAGE.contactErased, data: { orderId } };
    default:
      return event satisfies never;
  }
}

/**
 * Published exactly once in an order's life: by the command that makes the order non-empty. That is the command that
 * places it, or the first one that adds to an empty order. The message depends on the state before the decision, so
 * deciding again for a repetition would lose it. The stored message is not lost (consistent messaging: Pobiega and
 * Masternak).
 */
function firstItemMessage(events: readonly OrderEvent[], { orderId, currency, lines }: Order): NewMessage[] {
  const added = events.reduce((sum, event) => sum + addedBy(event), 0);
  const [first] = lines;
  if (!first || added === 0 || lines.length > added) return [];
  return [{ type: ORDER_MESSAGE.firstItemAdded, data: { orderId, currency, line: figuresOf(first) } }];
}

function addedBy(event: OrderEvent): number {
  switch (event.type) {
    case 'OrderPlaced':
      return event.data.lines.length;
    case 'ItemAdded':
      return 1;
    case 'ContactErased':
      return 0;
    default:
      return event satisfies never;
  }
}

const figuresOf = ({ sku, quantity, unitPrice }: OrderLine) => ({ sku, quantity, unitPrice });

function confirmations(
  { data }: OrderPlaced,
  order: Order,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications[] {
  const { email, phone, locale = 'en' } = data.contact;
  const reachable: [Channel, string, OrderConfirmation][] = [];
  if (email !== undefined)
    reachable.push(['email', email, { ...summaryOf(order, data.contact), lines: order.lines.map(describedOf) }]);
  if (phone !== undefined) reachable.push(['sms', phone, summaryOf(order, data.contact)]);
  return reachable.map(([channel, recipient, summary], index) => {
    const customer = order.customerId === undefined ? {} : { customerId: order.customerId };
    return requestNotification({
      context,
      position: index + 1,
      channel,
      purpose: ORDER_CONFIRMATION.name,
      content: contentFrom(ORDER_CONFIRMATION, [recipient], { locale, data: summary }),
      ...customer,
    });
  });
}

function summaryOf({ orderId, currency, total, lines, placedAt }: Order, { name }: Contact): OrderConfirmation {
  const itemCount = lines.reduce((sum, line) => sum + line.quantity, 0);
  return { orderId, name, currency, total, itemCount, placedAt };
}

const describedOf = ({ description, quantity, unitPrice }: OrderLine) => ({ description, quantity, unitPrice });
