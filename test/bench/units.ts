import type { StageSettings } from '#infra/settings.ts';
import { FUNCTION } from '#shared/names.ts';
import type { CallCount } from '#test/support/control.ts';
import { openLocal, openLocalWith } from '#test/support/local.ts';
import { measure, measureOrders, warmUp, withoutSchedules } from '#test/support/measured-orders.ts';
import { measureFlow } from './flow.ts';
import { flowsOf } from './flows.ts';

/**
 * `npm run bench:units`: the capacity units of one order with an e-mail and a text message, from the request until both
 * messages are SENT and the provider's event is applied, on a stage without reminders. Then those of each flow around
 * an order. The gateway counts them from the engine's own figures, over twenty orders each, so that one-time calls have little
 * weight. The idle reads of wake-due belong to no order: `npm run bench:cost` counts them.
 */
const TIMES = 20;
const PER_SECOND = 5;

/** Functions that keep rows in a cache. What they read with GetItem depends on time and environments, and not on orders. */
const CACHING: readonly string[] = [
  FUNCTION.handleCommand,
  FUNCTION.runProcess,
  FUNCTION.projectOrders,
  FUNCTION.requestWebhooks,
];

type Counted = { title: string; calls: CallCount[]; times: number };

const order = await anOrderAlone();
const flows = await flowsAroundIt();
for (const counted of [order, ...flows]) printCalls(counted);
printTotals([order, ...flows]);

/** As before there were reminders, settings and webhooks. */
async function anOrderAlone(): Promise<Counted> {
  const here = await openLocalWith(withoutReminders);
  try {
    await withoutSchedules(here);
    await warmUp(here);
    const orders = { orders: TIMES, ordersPerSecond: PER_SECOND };
    // In the first round, environments start.
    await measureOrders(here, orders);
    const { calls } = await measureOrders(here, orders);
    return { title: 'one order', calls: ofTable(calls), times: TIMES };
  } finally {
    await here.stop();
  }
}

function withoutReminders({
  orders: { reminderAfterSeconds: _, ...orders },
  ...settings
}: StageSettings): StageSettings {
  return { ...settings, orders };
}

async function flowsAroundIt(): Promise<Counted[]> {
  const here = await openLocal();
  try {
    await withoutSchedules(here);
    await warmUp(here);
    const counted: Counted[] = [];
    for (const flow of flowsOf(here, { count: TIMES, perSecond: PER_SECOND })) {
      const measured = await measureFlow(flow, (work) => measure(here, work));
      counted.push({ ...measured, calls: ofTable(measured.calls) });
    }
    return counted;
  } finally {
    await here.stop();
  }
}

function ofTable(calls: CallCount[]): CallCount[] {
  return calls.filter(({ service }) => service === 'dynamodb');
}

function printCalls({ title, calls, times }: Counted): void {
  const rows = calls.map((call) => [call.function, call.operation, ...figures([call], times)]);
  printTable(
    ['function', 'operation', 'calls', 'write units', 'read units'],
    [...rows, [`**${title}**`, '', ...figures(calls, times)]],
  );
}

function printTotals(all: Counted[]): void {
  const rows = all.map(({ title, calls, times }) => [title, ...figures(calls, times)]);
  const [{ calls, times }] = [order];
  const cached = calls.filter((call) => call.operation === 'GetItem' && CACHING.includes(call.function));
  printTable(
    ['', 'calls', 'write units', 'read units'],
    [...rows, ['reads of rows that environments cache, in one order', ...figures(cached, times)]],
  );
}

function figures(calls: CallCount[], times: number): string[] {
  const each = (field: 'count' | 'writeUnits' | 'readUnits'): string =>
    (calls.reduce((total, call) => total + call[field], 0) / times).toFixed(1);
  return [each('count'), each('writeUnits'), each('readUnits')];
}

function printTable(head: string[], rows: string[][]): void {
  const rule = head.map((name) => (/calls|units/.test(name) ? '---:' : '---'));
  const lines = [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  process.stdout.write(`${lines.join('')}\n`);
}
