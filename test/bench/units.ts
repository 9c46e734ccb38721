import type { CallCount } from '#test/support/control.ts';
import { openLocal } from '#test/support/local.ts';
import { measureOrders, warmUp, withoutWakeDue } from '#test/support/measured-orders.ts';

/**
 * `npm run bench:units`: the capacity units of one order with an e-mail and a text message, from the request until both
 * messages are SENT and the provider's event is applied. The gateway counts them from the engine's own figures, over
 * `ORDERS` orders, so that one-time calls have no weight. The idle reads of wake-due belong to no order:
 * `npm run bench:cost` counts them.
 */
const ORDERS = 20;

const here = await openLocal();
try {
  await warmUp(here);
  await withoutWakeDue(here);
  const { calls, orders } = await measureOrders(here, { orders: ORDERS, ordersPerSecond: 5 });
  print(
    calls.filter(({ service }) => service === 'dynamodb'),
    orders,
  );
} finally {
  await here.stop();
}

function print(calls: CallCount[], orders: number): void {
  const line = (cells: (string | number)[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  const each = (value: number): string => (value / orders).toFixed(1);
  line(['function', 'operation', 'calls', 'write units', 'read units']);
  line(['---', '---', '---:', '---:', '---:']);
  for (const call of calls)
    line([call.function, call.operation, each(call.count), each(call.writeUnits), each(call.readUnits)]);
  const sum = (field: 'count' | 'writeUnits' | 'readUnits'): string =>
    each(calls.reduce((total, call) => total + call[field], 0));
  line(['**one order**', '', sum('count'), sum('writeUnits'), sum('readUnits')]);
}
