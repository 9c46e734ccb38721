import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { hasFailed, reportOf } from './campaign/report.ts';
import { runCampaign } from './campaign/run.ts';

/** `npm run test:faults`: runs the suites, or with `--orders` or `--seed` a campaign of that many orders. */

const USAGE = 'npm run test:faults -- --orders 2000 --seed 1';
/** Defaults if only one of the two is given. */
const SHORT = { orders: 120, seed: 1 };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function readArguments(): { orders: number; seed: number } | undefined {
  try {
    const { orders, seed } = parseArgs({ options: { orders: { type: 'string' }, seed: { type: 'string' } } }).values;
    if (orders === undefined && seed === undefined) return undefined;
    return { orders: wholeNumber(orders ?? String(SHORT.orders)), seed: wholeNumber(seed ?? String(SHORT.seed)) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nUsage: ${USAGE}, or without options for the suites.\n`);
    process.exit(2);
  }
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`"${text}" is not a whole number from 1 to 999999.`);
}

async function runSuites(): Promise<boolean> {
  const suites = ['--test', '--test-concurrency=2', 'test/faults/**/*.test.ts'];
  const child = spawn(process.execPath, suites, { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code === 0)));
}

async function campaign(size: { orders: number; seed: number }): Promise<boolean> {
  const startedAt = performance.now();
  const progress = (line: string): void =>
    print(`${String(Math.round((performance.now() - startedAt) / 1000)).padStart(5)} s  ${line}`);
  const done = await runCampaign(size, progress);
  for (const line of ['', ...reportOf(done)]) print(line);
  return !hasFailed(done);
}

// A signal ends the process normally, so that listeners of `exit` run.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.stderr.write(`Ended by ${signal}.\n`);
    process.exit(130);
  });
}

const size = readArguments();
const passed = size ? await campaign(size) : await runSuites();
process.exitCode = passed ? 0 : 1;
