import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { endWith, nameFaults, numberFaults } from '#test/support/harness/arguments.ts';
import { faultsTable, verdictTable } from './guarantee/report.ts';
import { type Result, run } from './guarantee/run.ts';
import { type System, systemsWith } from './guarantee/systems.ts';

/**
 * `npm run bench:guarantee [-- --orders <n>] [--seed <n>] [--rate <orders a second>] [--faults <percent>]
 * [--send-attempts <n>] [--only <system>]`: runs the same orders and the same faults on our system and on common alternatives, each on a
 * separate local cloud. The verdict compares the answers to clients with the e-mails that the provider accepted. See
 * docs/reference/guarantee.md.
 */
const { orders, seed, rate, percent, sendAttempts, systems } = readArguments();
const startedAt = Date.now();
const results: Result[] = [];
const loads: number[] = [];
for (const system of systems) {
  progress(system, 'runs');
  const result = await run(system, { orders, ordersPerSecond: rate, seed, probability: percent / 100, print });
  results.push(result);
  loads.push(loadavg()[0] ?? 0);
  const { lost, stuck, doubled, phantom } = result.faulty.verdict;
  progress(system, `is done: ${lost} lost, ${stuck} stuck, ${doubled} doubled, ${phantom} phantom`);
}
const lines = [
  `${orders} orders at ${rate} a second, seed ${seed}; each call of each function meets each kind of fault with ${percent} %; ` +
    `the alternatives' senders try a call ${sendAttempts} times. ` +
    `Node ${process.versions.node} on ${availableParallelism()} cores with a load of ${Math.max(...loads).toFixed(1)}, ` +
    `${Math.round((Date.now() - startedAt) / 60_000)} minutes.`,
  '',
  ...verdictTable(results),
  '',
  ...faultsTable(results),
];
process.stdout.write(`${lines.join('\n')}\n`);

function progress({ title }: System, what: string): void {
  print(`${Math.round((Date.now() - startedAt) / 1000)} s: ${title} ${what}`);
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Arguments = {
  orders: number;
  seed: number;
  rate: number;
  /** Percentage of calls that meet a fault, for each kind of fault. */
  percent: number;
  /** Attempts of the SDK in the alternatives' sending functions. */
  sendAttempts: number;
  systems: System[];
};

function readArguments(): Arguments {
  const { values } = parseArgs({
    // Unknown options are reported below, with all other faults.
    strict: false,
    options: {
      orders: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '4' },
      faults: { type: 'string', default: '2' },
      only: { type: 'string' },
      'send-attempts': { type: 'string', default: '3' },
    },
  });
  const { orders, seed, rate, faults: percent, only, 'send-attempts': sendAttempts, ...others } = values;
  const systems = systemsWith({ sendAttempts: Number(sendAttempts) });
  const names = systems.map(({ name }) => name);
  const faults = [
    ...numberFaults({ orders, rate, faults: percent, 'send-attempts': sendAttempts }),
    ...(/^\d{1,9}$/.test(String(seed)) ? [] : [`--seed must be a whole number, at most 999999999, not "${seed}".`]),
    ...(only === undefined || names.includes(String(only))
      ? []
      : [`--only "${only}" is unknown; valid: ${names.join(', ')}.`]),
    ...(Number(percent) <= 14 ? [] : ['--faults must be at most 14: there are seven kinds, and a call meets one.']),
    ...nameFaults(others, ['orders', 'seed', 'rate', 'faults', 'send-attempts', 'only']),
  ];
  endWith(faults);
  return {
    orders: Number(orders),
    seed: Number(seed),
    rate: Number(rate),
    percent: Number(percent),
    sendAttempts: Number(sendAttempts),
    systems: systems.filter(({ name }) => only === undefined || name === only),
  };
}
