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

/** An order: placed → confirmed → approved. A placed or a confirmed order can be cancelled. */
export type Order = OrderHeader & OrderProgress;

/** Version 2 has every status. In version 1, every order is placed. */
export const ORDER = shapeOf<Order>('order', { written: 2, readable: 2, upgrades: { 1: (placed) => placed } });

/** The status, and the fields that belong to it. Times are ISO 8601 in UTC. */
export type OrderProgress =
  | { status: 'placed' }
  | { status: 'confirmed'; confirmedAt: string }
  | { status: 'approved'; confirmedAt: string; approvedAt: string }
  | {
      status: 'cancelled';
      cancelledAt: string;
      /** Missing if it was cancelled before it was confirmed. */
      confirmedAt?: string;
      /** Free text, which may be personal. Missing once the contact was erased. */
      reason?: string;
    };

export type OrderStatus = OrderProgress['status'];

type OrderHeader = {
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

export type OrderCommand = PlaceOrder | AddItem | ConfirmOrder | ApproveOrder | CancelOrder | EraseContact;
export type PlaceOrder = {
  type: 'PlaceOrder';
  data: { contact: Contact; customerId?: string; currency: string; lines: readonly OrderLine[] };
};
export type AddItem = { type: 'AddItem'; data: { line: OrderLine } };
export type ConfirmOrder = { type: 'ConfirmOrder' };
export type ApproveOrder = { type: 'ApproveOrder' };
export type CancelOrder = { type: 'CancelOrder'; data: { reason: string } };
/** Removes the contact, because it shows whose order it is, and the reason of a cancellation. */
export type EraseContact = { type: 'EraseContact' };

export type OrderEvent = OrderPlaced | ItemAdded | OrderConfirmed | OrderApproved | OrderCancelled | ContactErased;
export type OrderPlaced = { type: 'OrderPlaced'; data: PlaceOrder['data'] & { orderId: string; placedAt: string } };
export type ItemAdded = { type: 'ItemAdded'; data: { line: OrderLine } };
export type OrderConfirmed = { type: 'OrderConfirmed'; data: { confirmedAt: string } };
export type OrderApproved = { type: 'OrderApproved'; data: { approvedAt: string } };
export type OrderCancelled = { type: 'OrderCancelled'; data: { cancelledAt: string; reason: string } };
export type ContactErased = { type: 'ContactErased' };

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
  if (command.type === 'PlaceOrder') return place(command, order, context);
  if (command.type === 'EraseContact') return accepted(isPersonal(order) ? [{ type: 'ContactErased' }] : []);
  if (!order) return rejected(ORDER_NOT_FOUND);
  if (!STEPS[order.status].includes(command.type)) return rejected(notAllowed(command.type, order.status));
  const at = new Date(context.now).toISOString();
  switch (command.type) {
    case 'AddItem':
      return withinLimits(order, { type: 'ItemAdded', data: command.data });
    case 'ConfirmOrder':
      return accepted([{ type: 'OrderConfirmed', data: { confirmedAt: at } }]);
    case 'ApproveOrder':
      return accepted([{ type: 'OrderApproved', data: { approvedAt: at } }]);
    case 'CancelOrder':
      return accepted([{ type: 'OrderCancelled', data: { cancelledAt: at, ...command.data } }]);
    default:
      return command satisfies never;
  }
}

/** The order after an event. */
export function evolve(order: Order | undefined, event: OrderEvent): Order {
  if (event.type === 'OrderPlaced') return placedOrder(event);
  // `decide` changes existing orders only. An event without its order is a broken history.
  if (!order) throw new Error(`${event.type} without an order`);
  switch (event.type) {
    case 'ItemAdded': {
      const lines = [...order.lines, event.data.line];
      return { ...order, lines, total: Number(totalOf(lines)) };
    }
    case 'OrderConfirmed':
      return { ...order, status: 'confirmed', ...event.data };
    case 'OrderApproved': {
      if (order.status !== 'confirmed') throw new Error(`OrderApproved, but the order is ${order.status}`);
      return { ...order, status: 'approved', ...event.data };
    }
    case 'OrderCancelled':
      return { ...order, status: 'cancelled', ...event.data };
    case 'ContactErased':
      return withoutPersonalData(order);
    default:
      return event satisfies never;
  }
}

function placedOrder({ data }: OrderPlaced): Order {
  const { orderId, contact, customerId, currency, lines, placedAt } = data;
  const customer = customerId === undefined ? {} : { customerId };
  return { status: 'placed', orderId, contact, ...customer, currency, lines, total: Number(totalOf(lines)), placedAt };
}

const isPersonal = (order: Order | undefined): boolean =>
  order !== undefined && (order.contact !== undefined || (order.status === 'cancelled' && order.reason !== undefined));

function withoutPersonalData(order: Order): Order {
  const { contact: _contact, ...others } = order;
  if (others.status !== 'cancelled') return others;
  const { reason: _reason, ...cancelled } = others;
  return cancelled;
}

/** Sum of quantity times price in minor units, exact at any size. */
export function totalOf(lines: readonly OrderLine[]): bigint {
  return lines.reduce((sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice), 0n);
}

/** Sum of the quantities. */
export const itemCountOf = ({ lines }: Order): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** Whether a JSON number can hold the total without losing a digit. */
export function isExact(total: bigint): boolean {
  return total >= BigInt(Number.MIN_SAFE_INTEGER) && total <= BigInt(Number.MAX_SAFE_INTEGER);
}

function place(command: PlaceOrder, order: Order | undefined, { key, now }: DecisionContext): Decision<OrderEvent> {
  if (order) return rejected(REJECTION.alreadyExists);
  const placedAt = new Date(now).toISOString();
  return withinLimits(undefined, { type: 'OrderPlaced', data: { ...command.data, orderId: key.id, placedAt } });
}

/** Accepts an event unless the resulting order would be too large. */
function withinLimits(before: Order | undefined, event: OrderEvent): Decision<OrderEvent> {
  const after = evolve(before, event);
  if (after.lines.length > ORDER_LIMIT.lines) return rejected(REJECTION.lineLimit);
  if (!isExact(totalOf(after.lines))) return rejected(REJECTION.totalTooLarge);
  if (new TextEncoder().encode(JSON.stringify(after)).length > ORDER_LIMIT.stateBytes)
    return rejected(REJECTION.tooLarge);
  return accepted([event]);
}

const accepted = (events: readonly OrderEvent[]): Decision<OrderEvent> => ({ kind: 'accepted', events });
const rejected = (rejection: Rejection): Decision<OrderEvent> => ({ kind: 'rejected', rejection });

/** A command that depends on the order's status. */
type Step = Exclude<OrderCommand['type'], 'PlaceOrder' | 'EraseContact'>;

/** The steps that each status allows. */
export const STEPS: Readonly<Record<OrderStatus, readonly Step[]>> = {
  placed: ['AddItem', 'ConfirmOrder', 'CancelOrder'],
  confirmed: ['ApproveOrder', 'CancelOrder'],
  approved: [],
  cancelled: [],
};

const IN_WORDS: Readonly<Record<Step, string>> = {
  AddItem: 'add items to it',
  ConfirmOrder: 'confirm it',
  ApproveOrder: 'approve it',
  CancelOrder: 'cancel it',
};

/** The code names the status, so that a program sees that a step is done already. */
function notAllowed(step: Step, status: OrderStatus): Rejection {
  const steps = STEPS[status].map((allowed) => IN_WORDS[allowed]);
  return {
    code: `ORDER_IS_${status.toUpperCase()}`,
    detail: `The order is ${status}, so you cannot ${IN_WORDS[step]}.`,
    next:
      steps.length === 0
        ? `An order that is ${status} no longer changes. Place another one.`
        : `You can ${steps.join(', ').replace(/, (?=[^,]*$)/, ' or ')}.`,
  };
}

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
