import type { AnnounceContext } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import { type ContactChannel, ORDER_APPROVED, ORDER_CANCELLED, ORDER_CONFIRMED, ORDER_PLACED } from '#shared/names.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  channelsOn,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import type { OrderMessageData } from './message-data.ts';
import { CONTACT_MESSAGES } from './messages.ts';
import { itemCountOf, type Order, type OrderEvent, type OrderLine } from './order.ts';

/** Types of the public messages about orders. The messages carry ids and figures, and no free text. */
export const ORDER_MESSAGE = {
  placed: ORDER_PLACED,
  itemAdded: 'counterfoil.order.item-added.v1',
  firstItemAdded: 'counterfoil.order.first-item-added.v1',
  confirmed: ORDER_CONFIRMED,
  approved: ORDER_APPROVED,
  cancelled: ORDER_CANCELLED,
  contactErased: 'counterfoil.order.contact-erased.v1',
} as const;

/**
 * Announces a change: one message for each event, another one when the order receives its first line, and the
 * notifications that `CONTACT_MESSAGES` lists.
 */
export function announce(
  events: readonly OrderEvent[],
  order: Order,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications {
  const notified = announcedTogether(events.flatMap(({ type }) => notificationsOf(type, order, context)));
  return {
    ...notified,
    messages: [
      ...events.map((event) => messageAbout(event, order)),
      ...firstItemMessage(events, order),
      ...notified.messages,
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

type Data = OrderMessageData;

function messageAbout(event: OrderEvent, order: Order): NewMessage {
  const data = figuresOf(order);
  switch (event.type) {
    case 'OrderPlaced':
      return {
        type: ORDER_MESSAGE.placed,
        data: { ...data, lines: order.lines.map(lineFiguresOf) } satisfies Data['OrderPlaced'],
      };
    case 'ItemAdded':
      return {
        type: ORDER_MESSAGE.itemAdded,
        data: { ...data, line: lineFiguresOf(event.data.line) } satisfies Data['ItemAdded'],
      };
    case 'OrderConfirmed':
      return {
        type: ORDER_MESSAGE.confirmed,
        data: { ...data, lines: order.lines.map(lineFiguresOf) } satisfies Data['OrderConfirmed'],
      };
    case 'OrderApproved':
      return { type: ORDER_MESSAGE.approved, data };
    case 'OrderCancelled':
      return { type: ORDER_MESSAGE.cancelled, data };
    case 'ContactErased':
      return { type: ORDER_MESSAGE.contactErased, data };
    default:
      return event satisfies never;
  }
}

/** The order as every message about it shows it: a receiver of any one message knows where the order stands. */
function figuresOf(order: Order): Data['OrderApproved'] {
  const { orderId, status, customerId, currency, total, placedAt } = order;
  const customer = customerId === undefined ? {} : { customerId };
  return { orderId, status, ...customer, currency, total, itemCount: itemCountOf(order), placedAt };
}

/**
 * Published exactly once in an order's life: by the command that makes the order non-empty. That is the command that
 * places it, or the first one that adds to an empty order. The message depends on the state before the decision, so
 * deciding again for a repetition would lose it. The stored message is not lost (consistent messaging: Pobiega and
 * Masternak).
 */
function firstItemMessage(events: readonly OrderEvent[], order: Order): NewMessage[] {
  const added = events.reduce((sum, event) => sum + addedBy(event), 0);
  const [first] = order.lines;
  if (!first || added === 0 || order.lines.length > added) return [];
  return [
    {
      type: ORDER_MESSAGE.firstItemAdded,
      data: { ...figuresOf(order), line: lineFiguresOf(first) } satisfies Data['FirstItemAdded'],
    },
  ];
}

function addedBy(event: OrderEvent): number {
  switch (event.type) {
    case 'OrderPlaced':
      return event.data.lines.length;
    case 'ItemAdded':
      return 1;
    case 'OrderConfirmed':
    case 'OrderApproved':
    case 'OrderCancelled':
    case 'ContactErased':
      return 0;
    default:
      return event satisfies never;
  }
}

const lineFiguresOf = ({ sku, quantity, unitPrice }: OrderLine) => ({ sku, quantity, unitPrice });

function notificationsOf(
  event: OrderEvent['type'],
  order: Order,
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications[] {
  const { contact, customerId } = order;
  const message = CONTACT_MESSAGES[event];
  if (!message || !contact) return [];
  const { channels, purpose, contentFor } = message;
  const reachable = channelsOn(event, channels, context.terms).flatMap((channel) => addressed(channel, contact));
  return reachable.map(({ channel, address }, index) =>
    requestNotification({
      context,
      position: index + 1,
      channel,
      purpose,
      content: contentFor({ channel, address, contact }, order),
      ...(customerId !== undefined && { customerId }),
    }),
  );
}

function addressed(channel: ContactChannel, { email, phone }: Contact): { channel: ContactChannel; address: string }[] {
  const address = { email, sms: phone }[channel];
  return address === undefined ? [] : [{ channel, address }];
}
