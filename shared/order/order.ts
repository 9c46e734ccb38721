import type { Decision, DecisionContext, Rejection } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Contact } from '#shared/recipient/contact.ts';

export type OrderLine = {
  /** The seller's code of the article. It is not free text, so messages may carry it. */
  sku: string;
  description: string;
  quantity: number;
  /** In minor units of the order's currency (cents). */
  unitPrice: number;
};

/** An order. One status so far; later ones (confirmed, cancelled, …) join the union. */
export type Order = PlacedOrder;

export const ORDER = shapeOf<Order>('order');

export type PlacedOrder = {
  status: 'placed';
  orderId: string;
  /** The recipient of messages about the order. Missing once it was erased. */
  contact?: Contact;
  customerId?: string;
  /** ISO 4217. */
  currency: string;
  lines: readonly OrderLine[];
  /** In minor units of the currency. */
  total: number;
  /** ISO 8601 in UTC. */
  placedAt: string;
};

export type OrderCommand = PlaceOrder | AddItem | EraseContact;
export type PlaceOrder = {
  type: 'PlaceOrder';
  data: { contact: Contact; customerId?: string; currency: string; lines: readonly OrderLine[] };
};
/** Removes the contact, because it shows whose order it is. */
export type EraseContact = { type: 'EraseContact' };
export type AddItem = { type: 'AddItem'; data: { line: OrderLine } };

export type OrderEvent = OrderPlaced | ItemAdded | ContactErased;
export type ContactErased = { type: 'ContactErased' };
export type OrderPlaced = { type: 'OrderPlaced'; data: PlaceOrder['data'] & { orderId: string; placedAt: string } };
export type ItemAdded = { type: 'ItemAdded'; data: { line: OrderLine } };

/** Limits of one order. Every command rewrites the row, so it is kept well below DynamoDB's 400 KB. */
export const ORDER_LIMIT = {
  lines: 200,
  quantity: 1_000_000,
  /** Size of the state as JSON. The outbox row holds the answer and the messages, which is about twice as much. */
  stateBytes: 128 * 1024,
} as const;

/** The events of a command, or the reason for its rejection. */
export function decide(
  command: OrderCommand,
  order: Order | undefined,
  context: DecisionContext,
): Decision<OrderEvent> {
  switch (command.type) {
    case 'PlaceOrder':
      return place(command, order, context);
    case 'AddItem':
      return addItem(command, order);
    case 'EraseContact':
      return { kind: 'accepted', events: order?.contact ? [{ type: 'ContactErased' }] : [] };
    default:
      return command satisfies never;
  }
}

/** The order after an event. */
export function evolve(order: Order | undefined, event: OrderEvent): Order {
  switch (event.type) {
    case 'OrderPlaced': {
      const { orderId, contact, customerId, currency, lines, placedAt } = event.data;
      const customer = customerId === undefined ? {} : { customerId };
      return {
        status: 'placed',
        orderId,
        contact,
        ...customer,
        currency,
        lines,
        total: Number(totalOf(lines)),
        placedAt,
      };
    }
    case 'ItemAdded': {
      // `decide` adds items to existing orders only; an event without one is a broken history.
      if (!order) throw new Error('ItemAdded without an order');
      const lines = [...order.lines, event.data.line];
      return { ...order, lines, total: Number(totalOf(lines)) };
    }
    case 'ContactErased': {
      if (!order) throw new Error('ContactErased without an order');
      const { contact: _contact, ...rest } = order;
      return rest;
    }
    default:
      return event satisfies never;
  }
}

/** Sum of quantity times price in minor units, exact at any size. */
export function totalOf(lines: readonly OrderLine[]): bigint {
  return lines.reduce((sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice), 0n);
}

/** Whether a JSON number can hold the total without losing a digit. */
export function isExact(total: bigint): boolean {
  return total >= BigInt(Number.MIN_SAFE_INTEGER) && total <= BigInt(Number.MAX_SAFE_INTEGER);
}

function place(command: PlaceOrder, order: Order | undefined, { key, now }: DecisionContext): Decision<OrderEvent> {
  if (order) return rejected(REJECTION.alreadyExists);
  const placedAt = new Date(now).toISOString();
  return withinLimits(undefined, { type: 'OrderPlaced', data: { ...command.data, orderId: key.id, placedAt } });
}

function addItem(command: AddItem, order: Order | undefined): Decision<OrderEvent> {
  if (!order) return rejected(ORDER_NOT_FOUND);
  switch (order.status) {
    case 'placed':
      return withinLimits(order, { type: 'ItemAdded', data: command.data });
    default:
      return order.status satisfies never;
  }
}

/** Accepts an event unless the resulting order would be too large. */
function withinLimits(before: Order | undefined, event: OrderEvent): Decision<OrderEvent> {
  const after = evolve(before, event);
  if (after.lines.length > ORDER_LIMIT.lines) return rejected(REJECTION.lineLimit);
  if (!isExact(totalOf(after.lines))) return rejected(REJECTION.totalTooLarge);
  if (new TextEncoder().encode(JSON.stringify(after)).length > ORDER_LIMIT.stateBytes)
    return rejected(REJECTION.tooLarge);
  return { kind: 'accepted', events: [event] };
}

const rejected = (rejection: Rejection): Decision<OrderEvent> => ({ kind: 'rejected', rejection });

/** Also the answer to a reader: another tenant's order looks like one that never existed. */
export const ORDER_NOT_FOUND: Rejection = {
  code: 'ORDER_NOT_FOUND',
  detail: 'There is no such order.',
  next: 'Check the order id; it is in the answer to the request that placed the order.',
};

const REJECTION = {
  alreadyExists: {
    code: 'ORDER_ALREADY_EXISTS',
    detail: 'The order exists already.',
    next: 'Read it with GET, or place another one with a new Idempotency-Key.',
  },
  lineLimit: {
    code: 'ORDER_LINE_LIMIT',
    detail: `An order has at most ${ORDER_LIMIT.lines} lines.`,
    next: 'Place another order for the rest.',
  },
  totalTooLarge: {
    code: 'ORDER_TOTAL_TOO_LARGE',
    detail: `The total would exceed ${Number.MAX_SAFE_INTEGER} minor units, the largest figure that JSON carries exactly.`,
    next: 'Lower the quantity or the price, or place several orders.',
  },
  tooLarge: {
    code: 'ORDER_TOO_LARGE',
    detail: `The order would take more than ${ORDER_LIMIT.stateBytes} bytes.`,
    next: 'Shorten the descriptions, or place another order for the rest.',
  },
} as const satisfies Record<string, Rejection>;
