import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../base/failure.ts';
import { freePort, untilListening } from '../processes/port.ts';
import type { Reaper } from '../processes/reaper.ts';
import { errorOutputOf } from '../processes/started.ts';
import { supervise } from '../processes/supervisor.ts';
import type { DynamoEngine, DynamoOptions, RunningDynamo } from './dynamo-engine.ts';
import { dropStreamRecords } from './stream-drop.ts';
import { indexStream } from './stream-index.ts';

const NAME = 'The DynamoDB engine';
const FILE = 'dynoxide.sqlite';
/** A start takes less than a second. The limit is for a busy machine. */
const READY_WITHIN_MS = 60_000;

/** A native binary that uses SQLite, from npm or from `DYNOXIDE_BIN`. */
export const dynoxide: DynamoEngine = { file: FILE, start };

async function start({ folder, environment, reaper, log, onFailure }: DynamoOptions): Promise<RunningDynamo> {
  const binary = findBinary(environment.DYNOXIDE_BIN);
  const file = join(folder, FILE);
  const port = await freePort();
  const stop = await supervise({
    name: NAME,
    pidFile: join(folder, 'engine.pid'),
    marker: file,
    launch: (onSpawn) => launch({ binary, file, port, reaper, onSpawn }),
    log,
    onFailure,
  });
  indexStream(file, log);
  return { url: `http://127.0.0.1:${port}`, stop, dropStreamRecords: () => dropStreamRecords(file) };
}

function findBinary(named: string | undefined): string {
  const path = named ?? packagedBinary();
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new CannotRun(`${NAME} ${path}${named ? ' (DYNOXIDE_BIN)' : ''} is missing or not executable.`, { cause });
  }
}

function packagedBinary(): string {
  try {
    return join(dirname(fileURLToPath(import.meta.resolve('@dynoxide/linux-x64/package.json'))), 'dynoxide');
  } catch (cause) {
    throw new CannotRun(
      `${NAME} is missing: @dynoxide/linux-x64 is not installed (it exists for Linux x64 only). Run npm ci, name a dynoxide binary for your platform in DYNOXIDE_BIN, or set DYNAMODB_ENGINE=dynamodb-local (needs Java).`,
      { cause },
    );
  }
}

type Launch = {
  binary: string;
  file: string;
  port: number;
  reaper: Reaper;
  onSpawn: (child: ChildProcess) => void;
};

async function launch({ binary, file, port, reaper, onSpawn }: Launch): Promise<ChildProcess> {
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file];
  const child = reaper.spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onSpawn(child);
  const output = errorOutputOf(child);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const listening = untilListening({ name: NAME, child, port, withinMs: READY_WITHIN_MS, output });
  await Promise.race([listening, failed]);
  return child;
}
