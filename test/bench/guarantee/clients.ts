import { setInterval as every, setTimeout as sleep } from 'node:timers/promises';
import type { customerOf } from '#test/support/api.ts';
import type { Placed } from './judge.ts';

type Customer = ReturnType<typeof customerOf>;

export type OrdersToPlace = {
  count: number;
  ordersPerSecond: number;
  /** Part of keys and addresses, so that no two rounds share one. */
  round: string;
};

/** The time after which a client stops. */
const PATIENCE_MS = 300_000;
const BACKOFF_MS = { least: 200, most: 5000 };

/** Places orders at a steady rate. Each client repeats its request with its key until it gets a 201. */
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

/** The same order for every system. Its content depends only on its number. */
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
  const deadline = Date.now() + PATIENCE_MS;
  for (let waitMs = BACKOFF_MS.least; Date.now() < deadline; waitMs = Math.min(2 * waitMs, BACKOFF_MS.most)) {
    const { status, json } = await customer.place(order, key);
    if (status === 201) return { email, orderId: json.orderId as string, acceptedAtMs: Date.now() };
    if (status < 500 && status !== 429)
      throw new Error(`${email} was refused permanently: ${status} ${JSON.stringify(json)}`);
    await sleep(waitMs);
  }
  return { email };
}
