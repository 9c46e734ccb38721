import { parseArgs } from 'node:util';
import { explore } from './explore.ts';
import { heldShares } from './held.ts';
import { redriveAtFullRate } from './redrive-rate.ts';
import { type Found, search, shrink, type Totals } from './search.ts';
import { FEWEST_SCHEDULES, SMALL_CASES, type SmallCase, sizeOf } from './small-cases.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    orders: { type: 'string', default: '10' },
    /** For other commands: one line of JSON, no progress, no shrinking. */
    json: { type: 'boolean', default: false },
    /** Each run has the commands and processes of orders. */
    processes: { type: 'boolean', default: false },
    /** Each run has operators, who redrive and discard dead letters. */
    operators: { type: 'boolean', default: false },
    /** Each run is one redrive of this number of messages at the highest rate, instead of orders. */
    redrive: { type: 'string' },
    /** Every order of the calls of the small cases, instead of seeds. */
    exhaustive: { type: 'boolean', default: false },
    /** Only the small cases that take seconds. */
    'without-large': { type: 'boolean', default: false },
    /** One small case, as JSON: its first violation as one line of JSON. */
    small: { type: 'string' },
  },
});
const [seeds, seed, orders] = [values.seeds, values.seed, values.orders].map((text) => wholeNumber(text)) as [
  number,
  number,
  number,
];

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  process.stderr.write(
    '--seeds, --seed and --orders take whole numbers from 1 on: npm run test:simulation -- --seeds 1000 --seed 1 --orders 10\n',
  );
  process.exit(2);
}

const always = values.operators ? 'operators' : values.processes ? 'processes' : undefined;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const startedAt = process.hrtime.bigint();
const secondsSoFar = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;

const FEW_ARE_HELD = 'no more is held than the faults account for';

let printedAt = 0;
const progress = ({ seeds: done, orders: placed, faults }: Totals): void => {
  if (secondsSoFar() < printedAt + 10) return;
  printedAt = secondsSoFar();
  print(
    `${done} of ${seeds} seeds, ${placed} orders, ${faults} faults, ${Math.round(placed / printedAt)} orders a second`,
  );
};

if (values.small !== undefined) {
  const { schedules, violations } = await explore(JSON.parse(values.small) as SmallCase);
  print(JSON.stringify({ seeds: schedules, invariant: violations[0]?.what.replace(/:.*/s, '') }));
  process.exit();
}
if (values.redrive !== undefined) {
  await redriveAll(wholeNumber(values.redrive));
  process.exit();
}
if (values.exhaustive) {
  await exploreAll();
  process.exit();
}

const { totals, found, tooManyHeld } = await search({
  seed,
  seeds,
  orders,
  always,
  ...(values.json ? {} : { onSeed: progress }),
});
if (values.json) {
  const invariant = found?.result.violations[0]?.invariant ?? (tooManyHeld.length > 0 ? FEW_ARE_HELD : undefined);
  print(JSON.stringify({ seeds: totals.seeds, seed: found?.seed, invariant }));
} else if (found) {
  await report(found);
  process.exitCode = 1;
} else {
  summarise(totals);
  for (const line of tooManyHeld) print(`violated: ${FEW_ARE_HELD}\n  ${line}`);
  if (tooManyHeld.length > 0) process.exitCode = 1;
}

async function redriveAll(messages: number): Promise<void> {
  if (!values.json)
    print(
      '| seed | members sent | seconds | in a second | workers | faults | violations |\n|---|---|---|---|---|---|---|',
    );
  for (let one = seed; one < seed + seeds; one += 1) {
    const result = await redriveAtFullRate({ seed: one, messages });
    const { violations, sent, seconds, leastPerSecond, mostPerSecond, workers, struck } = result;
    const rate = leastPerSecond === mostPerSecond ? leastPerSecond : `${mostPerSecond} to ${leastPerSecond}`;
    if (!values.json)
      print(`| ${one} | ${sent} | ${seconds} | ${rate} | ${workers} | ${struck.size} | ${violations.length} |`);
    if (violations.length === 0) continue;
    process.exitCode = values.json ? 0 : 1;
    if (values.json)
      return print(JSON.stringify({ seeds: one - seed + 1, seed: one, invariant: violations[0]?.invariant }));
    for (const { invariant, about } of violations) print(`violated: ${invariant}\n  ${about}`);
  }
  if (values.json) print(JSON.stringify({ seeds }));
}

async function exploreAll(): Promise<void> {
  print('| parallel actor | first call | accident | schedules | situations | violations |');
  print('|---|---|---|---|---|---|');
  const chosen = SMALL_CASES.filter((one) => !values['without-large'] || sizeOf(one) !== 'large');
  for (const small of chosen) await exploreOne(small);
}

async function exploreOne(small: SmallCase): Promise<void> {
  const { schedules, situations, violations } = await explore(small);
  const { company, firstAnswer, accident } = small;
  print(`| ${company} | ${firstAnswer} | ${accident} | ${schedules} | ${situations} | ${violations.length} |`);
  for (const { schedule, what } of violations) print(`${what}\n  ${schedule.join(', ')}`);
  if (schedules < FEWEST_SCHEDULES) print(`only ${schedules} schedules; at least ${FEWEST_SCHEDULES} are expected`);
  if (violations.length > 0 || schedules < FEWEST_SCHEDULES) process.exitCode = 1;
}

function summarise(searched: Totals): void {
  const { orders: placed, faults, notifications, calls, accepted, doubled, statuses, steps } = searched;
  const { user, system } = process.cpuUsage();
  print(
    `seeds ${seed} to ${seed + seeds - 1}: ${placed} orders, ${notifications} notifications, ${faults} faults, ${steps} steps`,
  );
  print(`provider calls: ${calls}, accepted: ${accepted}; ${JSON.stringify(statuses)}`);
  print(`held: ${heldShares(totals)}`);
  print(`redrives: ${searched.redrives}, with ${searched.redriven} messages`);
  print(`doubled, because the feed was later than its margin: ${doubled}`);
  print(
    `violations: ${tooManyHeld.length}; ${Math.round(secondsSoFar())} seconds, ${Math.round((placed * 1e6) / (user + system))} orders a second of processor time`,
  );
}

async function report({ seed: failing, result }: Found): Promise<void> {
  print(
    `seed ${failing}: ${result.violations.length} violations, ${result.struck.size} faults. Looking for the shortest reproduction …`,
  );
  const shortest = await shrink(failing, orders, result, always);
  print(`with ${shortest.orders} orders and these faults (${JSON.stringify(shortest.result.conditions)}):`);
  for (const [key, fault] of shortest.result.struck) print(`  ${fault} at ${key}`);
  for (const { invariant, about } of shortest.result.violations) print(`violated: ${invariant}\n  ${about}`);
  print(
    `To repeat: npm run test:simulation -- --seed ${failing} --seeds 1 --orders ${shortest.orders}${always ? ` --${always}` : ''}`,
  );
}
