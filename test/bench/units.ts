import { setTimeout as sleep } from 'node:timers/promises';
import type { CallCount } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal, placeMany } from '#test/support/local.ts';

/**
 * `npm run bench:units`: what one order with an e-mail and a text message costs at the table, from the
 * request to both messages SENT and the provider's event applied. Counted by the gateway from the
 * engine's own figures, over `ORDERS` orders, so that what happens once does not count.
 */
const ORDERS = 20;

const here = await openLocal();
try {
  // The first orders pay for what happens once: the secret, the feed's row, connections.
  const [first] = await placeMany(here.acme, 1);
  await here.acme.settled(first?.orderId as string);
  await quiet();
  await here.control.pause('wake-due');
  await here.control.resetCalls();
  const placed = await placeMany(here.acme, ORDERS, { concurrency: 1 });
  await eventually('all sent', async () => (await sentCount()) === 2 * (ORDERS + 1));
  await quiet();
  print(
    (await here.control.calls()).filter(({ service }) => service === 'dynamodb'),
    placed.length,
  );
} finally {
  await here.stop();
}

async function sentCount(): Promise<number> {
  return (await here.inbox.emails()).length + (await here.inbox.sms()).length;
}

/** Waits until a second has passed in which no function called the table. */
async function quiet(): Promise<void> {
  let before = -1;
  await eventually('quiet', async () => {
    const now = (await here.control.calls())
      .filter((call) => call.service === 'dynamodb' && call.function !== 'wake-due')
      .reduce((sum, { count }) => sum + count, 0);
    const unchanged = now === before;
    before = now;
    if (!unchanged) await sleep(1000);
    return unchanged;
  });
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
