import { anOrder } from '#test/support/api.ts';
import type { CallCount } from '#test/support/control.ts';
import { openLocal } from '#test/support/local.ts';
import { measureOrders, quiet, warmUp, withoutWakeDue } from '#test/support/measured-orders.ts';

/**
 * `npm run bench:units`: the capacity units of one order with an e-mail and a text message, from the request until both
 * messages are SENT and the provider's event is applied. Then those of a customer with both addresses, of the
 * first order that names the customer instead of a contact, with its greeting, and of a later one. The gateway counts them from the engine's own figures, over
 * `ORDERS` orders, so that one-time calls have no weight. The idle reads of wake-due belong to no order:
 * `npm run bench:cost` counts them.
 */
const ORDERS = 20;

const here = await openLocal();
try {
  await warmUp(here);
  await withoutWakeDue(here);
  const orders = { orders: ORDERS, ordersPerSecond: 5 };
  print('one order', (await measureOrders(here, orders)).calls);
  print('one customer', await registerCustomers());
  const more = (index: number) => ({ contact: undefined, customerId: customerIdOf(index) });
  for (const which of ['first', 'later']) {
    print(`one ${which} order by customerId`, (await measureOrders(here, { ...orders, more })).calls);
  }
  print('one confirmation with an invoice request', await confirmOrders());
} finally {
  await here.stop();
}

async function registerCustomers(): Promise<CallCount[]> {
  await here.control.resetCalls();
  for (let index = 0; index < ORDERS; index += 1) {
    const body = { ...anOrder().contact, customerId: customerIdOf(index) };
    const { status, text } = await here.acme.call('POST', '/customers', { key: customerIdOf(index), body });
    if (status !== 201) throw new Error(`Not registered: ${status} ${text}`);
  }
  await quiet(here);
  return here.control.calls();
}

/** Confirms orders, whose invoice requests are posted to one endpoint. */
async function confirmOrders(): Promise<CallCount[]> {
  const { acme, inbox, control } = here;
  const eventTypes = ['counterfoil.order.confirmed.v1'];
  const endpoints = [{ endpointId: 'billing', url: inbox.hook('billing'), eventTypes }];
  await acme.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints } });
  const placed: string[] = [];
  for (let index = 0; index < ORDERS; index += 1) placed.push(String((await acme.place(anOrder())).json.orderId));
  for (const orderId of placed) await acme.settled(orderId);
  await quiet(here);
  await control.resetCalls();
  for (const orderId of placed) await acme.call('POST', `/orders/${orderId}/confirm`, { key: orderId, body: {} });
  for (const orderId of placed) await acme.settled(orderId);
  await quiet(here);
  return control.calls();
}

function customerIdOf(index: number): string {
  return `customer-${index}`;
}

function print(what: string, all: CallCount[]): void {
  const calls = all.filter(({ service }) => service === 'dynamodb');
  const line = (cells: (string | number)[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  const each = (value: number): string => (value / ORDERS).toFixed(1);
  line(['function', 'operation', 'calls', 'write units', 'read units']);
  line(['---', '---', '---:', '---:', '---:']);
  for (const call of calls)
    line([call.function, call.operation, each(call.count), each(call.writeUnits), each(call.readUnits)]);
  const sum = (field: 'count' | 'writeUnits' | 'readUnits'): string =>
    each(calls.reduce((total, call) => total + call[field], 0));
  line([`**${what}**`, '', sum('count'), sum('writeUnits'), sum('readUnits')]);
  process.stdout.write('\n');
}
