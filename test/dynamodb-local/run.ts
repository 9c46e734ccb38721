import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CannotRun } from '#infra/local/base/failure.ts';
import { fetchDynamodbLocal } from '#infra/local/engines/dynamodb-local/fetch.ts';
import { Lacking } from '#infra/local/engines/dynamodb-local/lacking.ts';
import { requirementsOf } from '#infra/local/engines/dynamodb-local/requirements.ts';
import { startReaper } from '#infra/local/processes/reaper.ts';

/**
 * `npm run test:dynamodb-local`: the tests of what stands on DynamoDB, with AWS's own engine under them, which
 * is fetched before. `--where-possible`: a machine that cannot run it says why, in a sentence, and that is no
 * failure.
 */

/** Not among them: tests of kills, for this engine promises less, and those of which an engine is no part. */
const SUITE = [
  'test/dynamodb-local/*.test.ts',
  'test/contract/*.test.ts',
  'test/local/{dynamo,gateway,restart}.test.ts',
  'test/e2e/*.test.ts',
  'test/faults/lanes.test.ts',
];
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const { values } = parseArgs({ options: { 'where-possible': { type: 'boolean', default: false } } });

try {
  await prepare();
  process.exitCode = await runSuite();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  if (error instanceof Lacking && values['where-possible'])
    say(`Not tested on DynamoDB Local: ${error.lacks.map(({ why }) => why).join(', and ')}.`);
  else {
    say(error.message);
    process.exitCode = 1;
  }
}

/** Whatever the suite would stumble over in each of its files is found here, once. */
async function prepare(): Promise<void> {
  const reaper = startReaper();
  try {
    await requirementsOf(process.env);
    await fetchDynamodbLocal({ environment: process.env, reaper, log: say });
  } finally {
    await reaper.close();
  }
}

async function runSuite(): Promise<number> {
  const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', ...SUITE], {
    env: { ...process.env, DYNAMODB_ENGINE: 'dynamodb-local' },
    stdio: 'inherit',
  });
  const [code] = await once(tests, 'exit');
  return code ?? 1;
}
