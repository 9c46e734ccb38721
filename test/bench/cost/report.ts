import { ENV } from '#shared/names.ts';
import type { InvocationCount } from '#test/support/control.ts';
import type { ListPrices } from './list-prices.ts';
import type { CountedOrders, Deployed } from './order-usage.ts';
import type { FunctionSize } from './template-usage.ts';
import { type Cost, costsOf, dollarsOf, GB_BYTES, gbSeconds } from './usage.ts';

const MILLION = 1_000_000;

export type Column = { title: string; orders: number; costs: Cost[] };

/** Prices of the messages themselves, which are not AWS infrastructure. */
const PROVIDERS = { 'ses.messages': 'e-mail provider', 'sms.parts': 'carrier price, not ours' } as const;
/** Whether a price is that of the messages themselves. */
export const isProvider = (price: string): price is keyof typeof PROVIDERS => Object.hasOwn(PROVIDERS, price);

/** Units of one order, and dollars of a million, a column for each kind of order. */
export function ordersTable(columns: Column[], { prices }: ListPrices): string[] {
  const used = Object.keys(prices).filter((price) => columns.some(({ costs }) => find(costs, price).quantity > 0));
  const row = (price: string): string[] => [
    prices[price]?.service ?? '',
    `${prices[price]?.unit}${isProvider(price) ? ` (${PROVIDERS[price]})` : ''}`,
    ...columns.flatMap(({ orders, costs }) => {
      const { quantity, usd } = find(costs, price);
      return [amount(quantity / orders), dollars((usd / orders) * MILLION)];
    }),
  ];
  const total = (title: string, counts: (price: string) => boolean): string[] => [
    `**${title}**`,
    '',
    ...columns.flatMap(({ orders, costs }) => {
      const counted = costs.filter(({ price }) => counts(price));
      return ['', `**${dollars((dollarsOf(counted) / orders) * MILLION)}**`];
    }),
  ];
  return table(
    ['', 'billed as', ...columns.flatMap(({ title }) => [`${title}: each`, 'a million'])],
    [
      ...used.filter((price) => !isProvider(price)).map(row),
      total('without the messages themselves', (price) => !isProvider(price)),
      row('ses.messages'),
      total('with e-mail', (price) => price !== 'sms.parts'),
      row('sms.parts'),
      total('with e-mail and text messages', () => true),
    ],
  );
}

/** The additional cost of a million orders for each 100 ms of every invocation. */
export function dollarsForSlowness(
  { orders, invocations }: CountedOrders,
  { functions }: Deployed,
  list: ListPrices,
): number {
  const usage = invocations.map(({ function: name, count }) => ({
    price: 'lambda.gb-seconds-arm64',
    quantity: (count / orders) * MILLION * gbSeconds(100, functions[name]?.memoryMb ?? 0),
  }));
  return dollarsOf(costsOf(usage, list));
}

/** The cost in dollars of a sender's waiting for a million messages at its rate limit. */
export function dollarsForPacing({ memoryMb, environment }: FunctionSize, list: ListPrices): number {
  const betweenMs = 1000 / Number(environment[ENV.senderRatePerSecond]);
  const quantity = MILLION * gbSeconds(betweenMs, memoryMb);
  return dollarsOf(costsOf([{ price: 'lambda.gb-seconds-arm64', quantity }], list));
}

/** The duration by function. */
export function functionsTable({ orders, invocations }: CountedOrders, { functions }: Deployed): string[] {
  const row = ({ function: name, count, records, durationMs }: InvocationCount): string[] => [
    name,
    amount(count / orders),
    records === 0 ? '' : amount(records / count),
    (durationMs / count).toFixed(0),
    String(functions[name]?.memoryMb),
    amount(gbSeconds(durationMs, functions[name]?.memoryMb ?? 0) / orders),
  ];
  return table(
    ['function', 'invocations an order', 'messages each', 'ms each', 'MB', 'GB-seconds an order'],
    invocations.map(row),
  );
}

/** The cost of a month. */
export function monthTable(costs: Cost[], { prices }: ListPrices): string[] {
  return table(
    ['', 'billed as', 'a month', 'dollars'],
    [
      ...costs.map(({ price, quantity, usd }) => [
        prices[price]?.service ?? '',
        prices[price]?.unit ?? '',
        amount(quantity),
        dollars(usd),
      ]),
      ['**idle stage**', '', '', `**${dollars(dollarsOf(costs))}**`],
    ],
  );
}

/** The cost of a month for several numbers of tenants and orders, a column for each, with the same parts. */
export function liveTable(columns: { title: string; parts: { title: string; costs: Cost[] }[] }[]): string[] {
  const titles = columns[0]?.parts.map(({ title }) => title) ?? [];
  const row = (title: string, index: number): string[] => [
    title,
    '',
    ...columns.map(({ parts }) => dollars(dollarsOf(parts[index]?.costs ?? []))),
  ];
  const total = columns.map(({ parts }) => `**${dollars(dollarsOf(parts.flatMap(({ costs }) => costs)))}**`);
  return table(
    ['dollars a month', '', ...columns.map(({ title }) => title)],
    [...titles.map(row), ['**live stage, without the carriers’ price of text messages**', '', ...total]],
  );
}

/** The stored data of an order, and its cost per month. */
export function keptTable(columns: { title: string; bytes: number; costs: Cost[] }[]): string[] {
  return table(
    ['', 'bytes kept of each', 'GB of a million', 'dollars of a million, each month'],
    columns.map(({ title, bytes, costs }) => [
      title,
      amount(bytes),
      amount((bytes * MILLION) / GB_BYTES),
      dollars(dollarsOf(costs) * MILLION),
    ]),
  );
}

const find = (costs: Cost[], price: string): Cost =>
  costs.find((cost) => cost.price === price) ?? { price, quantity: 0, usd: 0 };

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const isFigure = (column: number): boolean => rows.every((row) => /^[*$\d]|^$/.test(row[column] ?? ''));
  const rule = head.map((_, column) => (column > 1 && isFigure(column) ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)];
}

export const dollars = (usd: number): string => usd.toLocaleString('en-US', { style: 'currency', currency: 'USD' });

/** Three significant digits without an exponent. Tiny amounts are given per million orders. */
export function amount(value: number): string {
  if (value !== 0 && value < 0.001) return `${amount(value * MILLION)} / million`;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
