import { setInterval as every } from 'node:timers/promises';
import type { customerOf } from '#test/support/api.ts';
import { untilAnswered } from '#test/support/harness/answered.ts';
import type { Placed } from './judge.ts';

type Customer = ReturnType<typeof customerOf>;

export type OrdersToPlace = {
  count: number;
  ordersPerSecond: number;
  /** Part of keys and addresses, so that no two rounds share one. */
  round: string;
};

/** How long a client keeps trying before it gives up. */
const PATIENCE_MS = 300_000;
const BACKOFF_MS = { least: 200, most: 5000 };

/** Places orders at a steady rate. Each client repeats its request under the same key until it receives 201. */
export async function placeOrders(
  customer: Customer,
  { count, ordersPerSecond, round }: OrdersToPlace,
): Promise<Placed[]> {
  const placing: Promise<Placed>[] = [];
  for await (const _ of every(1000 / ordersPerSecond)) {
    if (placing.length >= count) break;
    placing.push(placeUntilAnswered(customer, orderOf(round, placing.length), `${round}-${placing.length}`));
  }
  return Promise.all(placing);
}

/** The same order for every system: its content depends only on its number. */
function orderOf(round: string, number: number) {
  const lines = Array.from({ length: 1 + (number % 3) }, (_, line) => ({
    sku: `SKU-${line}`,
    description: 'Green tea',
    quantity: 1 + line,
    unitPrice: 1250,
  }));
  return { contact: { name: 'Ada Lovelace', email: `${round}-${number}@example.com` }, currency: 'EUR', lines };
}

async function placeUntilAnswered(customer: Customer, order: ReturnType<typeof orderOf>, key: string): Promise<Placed> {
  const { email } = order.contact;
  const pauseMs = (tries: number): number => Math.min(BACKOFF_MS.least * 2 ** tries, BACKOFF_MS.most);
  const answer = await untilAnswered(() => customer.place(order, key), { patienceMs: PATIENCE_MS, pauseMs });
  if (!answer) return { email };
  const { status, json } = answer;
  if (status !== 201) throw new Error(`The order of ${email} was refused: ${status} ${JSON.stringify(json)}`);
  return { email, orderId: json.orderId as string, acceptedAtMs: Date.now() };
}
