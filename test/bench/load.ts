import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { endWith, nameFaults, numberFaults } from '#test/support/harness/arguments.ts';
import { type LoadFigures, measureLoad } from './load/measure.ts';
import { figuresJson, figuresTable } from './load/report.ts';
import { type LoadedSystem, SYSTEMS } from './load/systems.ts';

/**
 * `npm run bench:load [-- --orders <n>] [--clients <n>] [--rounds <n>] [--json]`: places the same orders on a plain stream
 * outbox, on Powertools and on Counterfoil, in turn, each on a local cloud of its own. It prints the medians of the rounds,
 * and ratios to the plain outbox. `--json` prints the medians alone.
 */
const { orders, clients, rounds, json } = readArguments();
const print = (line: string): void => void process.stderr.write(`${line}\n`);
const measured = new Map<LoadedSystem, LoadFigures[]>(SYSTEMS.map((system) => [system, []]));
let load = 0;
for (let round = 0; round < rounds; round += 1) {
  for (const [system, figures] of measured) {
    print(`Round ${round + 1} of ${rounds}: ${system.title}`);
    figures.push(await measureLoad(system, { orders, clients, print }));
    load = Math.max(load, loadavg()[0] ?? 0);
  }
}
if (json) {
  process.stdout.write(`${JSON.stringify(figuresJson(measured))}\n`);
} else {
  process.stdout.write(
    `${orders} orders from ${clients} clients at once, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ` +
      `Node ${process.versions.node} on ${availableParallelism()} cores; load of the machine ${load.toFixed(1)} at most.\n\n` +
      `${figuresTable(measured).join('\n')}\n`,
  );
}

function readArguments() {
  const { values } = parseArgs({
    // Unknown options are reported below, with all other faults.
    strict: false,
    options: {
      orders: { type: 'string', default: '400' },
      clients: { type: 'string', default: '16' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const { orders, clients, rounds, json, ...others } = values;
  endWith([
    ...numberFaults({ orders, clients, rounds }),
    ...nameFaults(others, ['orders', 'clients', 'rounds', 'json']),
  ]);
  return { orders: Number(orders), clients: Number(clients), rounds: Number(rounds), json: json === true };
}
