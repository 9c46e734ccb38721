import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CannotRun } from '#infra/local/base/failure.ts';
import { fetchDynamodbLocal } from '#infra/local/engines/dynamodb-local/fetch.ts';
import { MissingRequirements } from '#infra/local/engines/dynamodb-local/missing-requirements.ts';
import { requirementsOf } from '#infra/local/engines/dynamodb-local/requirements.ts';
import { startReaper } from '#infra/local/processes/reaper.ts';

/**
 * `npm run test:dynamodb-local`: runs the tests that use DynamoDB on AWS's own engine, which is downloaded first. With
 * `--where-possible`, a machine that cannot run the engine prints the reason, and the command succeeds. With names of test
 * files, it runs only those.
 */

/**
 * Without the tests of kills, because this engine promises less, and without tests that need no engine, or that are about
 * logs, mappings and providers.
 */
const SUITE = [
  'test/dynamodb-local/*.test.ts',
  'test/contract/*.test.ts',
  'test/slow/{long-message-log,many-orders,statistics-cost}.test.ts',
  'test/local/{dynamo,gateway,restart}.test.ts',
  'test/all-in-one/{e2e,e2e-waits}.ts',
  'test/e2e/own-cloud/{fallback,message-log,poison,privacy}.test.ts',
  'test/faults/lanes.test.ts',
];
const print = (line: string): void => void process.stderr.write(`${line}\n`);
const { values, positionals } = parseArgs({
  options: { 'where-possible': { type: 'boolean', default: false } },
  allowPositionals: true,
});

try {
  await prepare();
  process.exitCode = await runSuite();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  if (error instanceof MissingRequirements && values['where-possible'])
    print(`Not tested on DynamoDB Local: ${error.missing.map(({ why }) => why).join(', and ')}.`);
  else {
    print(error.message);
    process.exitCode = 1;
  }
}

/** Reports missing requirements once. Otherwise each test file would fail with them. */
async function prepare(): Promise<void> {
  const reaper = startReaper();
  try {
    await requirementsOf(process.env);
    await fetchDynamodbLocal({ environment: process.env, reaper, log: print });
  } finally {
    await reaper.close();
  }
}

async function runSuite(): Promise<number> {
  const files = positionals.length > 0 ? positionals : SUITE;
  const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', ...files], {
    env: { ...process.env, DYNAMODB_ENGINE: 'dynamodb-local' },
    stdio: 'inherit',
  });
  const [code] = await once(tests, 'exit');
  return code ?? 1;
}
