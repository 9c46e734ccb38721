import { absent } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { number, object, optional, someText, text, textThat } from '#shared/messaging/read.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import { inUtc, readTimestamp } from '#shared/messaging/timestamp.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { itemCountOf, ORDER, type Order, type OrderStatus, STEPS } from '#shared/order/order.ts';
import type { CurrentGenerations } from '#shared/replay/current-generations.ts';
import { writtenGenerations } from '#shared/replay/generations.ts';
import type { ListedOrder, OrderListStore } from './ports.ts';

export type ProjectionPorts = FiguresPorts & {
  orderList: Pick<OrderListStore, 'keepListed'>;
  generations: CurrentGenerations;
};

export type FiguresPorts = {
  /** The orders themselves, for messages of earlier releases. */
  orders: Pick<StateStore<Order>, 'read'>;
  clock: Clock;
};

/**
 * Keeps one row for each order. Every message about an order contains the figures of the list and the order's version,
 * and the message with the highest version decides. So neither the order nor the repetition of messages matters. While
 * a replay builds the next generation, both generations are written.
 * @throws PoisonMessage if the message is not about an order; NewerVersion or NotSeenYet if it should be redelivered.
 */
export async function projectOrder(body: string, ports: ProjectionPorts): Promise<void> {
  const envelope = parseEnvelope(body);
  const order = await listedIn(envelope, ports);
  const tenant = envelope.tenantid;
  await ports.generations.during(async (generations) => {
    const written = writtenGenerations(generations, tenant);
    await Promise.all(written.map((generation) => ports.orderList.keepListed({ tenant, generation }, order)));
  });
}

const NO_FIGURES = 'The message has no figures of an order';

const aReference = object({ orderId: someText, placedAt: optional(text) });

const theFigures = object({
  orderId: textThat('order id', (given) => /^[A-Za-z0-9-]+$/.test(given)),
  status: someText,
  customerId: optional(someText),
  currency: someText,
  total: number,
  itemCount: number,
  // It is part of the row's key, so every message has to write it in the same way.
  placedAt: textThat('timestamp in UTC', (given) => 'at' in readTimestamp(given) && inUtc(given) === given),
});

/** The version is the first part of an envelope's sequence. */
const aSequence = object({ sequence: textThat('sequence', (given) => /^[1-9]\d*\.\d+$/.test(given)) });

/** The order's row after a message. @throws PoisonMessage, NewerVersion, NotSeenYet */
export async function listedIn(envelope: Envelope, ports: FiguresPorts): Promise<ListedOrder> {
  const { orderId, placedAt } = parseWith(aReference, envelope.data, NO_FIGURES);
  if (placedAt === undefined) return storedOrder(orderId, envelope, ports);
  const { status, ...figures } = parseWith(theFigures, envelope.data, NO_FIGURES);
  const { sequence } = parseWith(aSequence, envelope, 'The envelope has no sequence of ours');
  if (!isStatus(status)) throw new NewerVersion('The order has a status that this release does not know.');
  return { ...figures, status, version: Number.parseInt(sequence, 10) };
}

const isStatus = (given: string): given is OrderStatus => Object.hasOwn(STEPS, given);

/**
 * A message of an earlier release has no figures. The order itself has them, in the version of the message or in a later
 * one, which makes the message of that later version a repetition.
 */
async function storedOrder(
  id: string,
  { tenantid: tenant, time }: Envelope,
  { orders, clock }: FiguresPorts,
): Promise<ListedOrder> {
  const stored = await orders.read({ tenant, type: ORDER.name, id });
  if (!stored) throw absent(NO_SUCH_ORDER, time, clock.now());
  return listedOrder(stored);
}

const NO_SUCH_ORDER = { reason: 'NO_SUCH_ORDER', detail: 'The tenant has no order with this id.' };

/** The row of an order in this version. */
export function listedOrder({ state, version }: StoredState<Order>): ListedOrder {
  const { orderId, status, customerId, currency, total, placedAt } = state;
  return {
    orderId,
    status,
    version,
    ...(customerId !== undefined && { customerId }),
    currency,
    total,
    itemCount: itemCountOf(state),
    placedAt,
  };
}
