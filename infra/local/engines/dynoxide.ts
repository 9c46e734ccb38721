import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CannotRun } from '../failure.ts';
import type { Reaper } from './reaper.ts';
import { indexStream } from './stream-index.ts';
import { type Engine, hasExited, type SuperviseOptions, supervise } from './supervisor.ts';

export type DynamoOptions = Pick<SuperviseOptions, 'log' | 'onFailure'> & {
  /** Where its one file lies. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  reaper: Reaper;
};

const NAME = 'The DynamoDB engine';
const READY_WITHIN_MS = 10_000;

/**
 * Starts dynoxide on a free port of 127.0.0.1.
 * @throws CannotRun when another engine is asked for, or the binary is missing or does not start.
 */
export async function startDynamo({ folder, environment, reaper, log, onFailure }: DynamoOptions): Promise<Engine> {
  const asked = environment.DYNAMODB_ENGINE ?? 'dynoxide';
  if (asked !== 'dynoxide')
    throw new CannotRun(`DYNAMODB_ENGINE is "${asked}", but dynoxide is the only engine so far.`);
  const binary = findBinary(environment.DYNOXIDE_BIN);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'dynoxide.sqlite');
  const port = await freePort();
  const stop = await supervise({
    name: NAME,
    pidFile: join(folder, 'engine.pid'),
    marker: file,
    launch: (remember) => launch({ binary, file, port, reaper, remember }),
    log,
    onFailure,
  });
  indexStream(file, log);
  return { url: `http://127.0.0.1:${port}`, stop };
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
      `${NAME} is missing: @dynoxide/linux-x64 is not installed (it exists for Linux x64 only). Run npm ci, or name a dynoxide binary for your platform in DYNOXIDE_BIN.`,
      { cause },
    );
  }
}

type Launch = {
  binary: string;
  file: string;
  port: number;
  reaper: Reaper;
  remember: (child: ChildProcess) => void;
};

async function launch({ binary, file, port, reaper, remember }: Launch): Promise<ChildProcess> {
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file];
  const child = reaper.spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  remember(child);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-1000);
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  await Promise.race([untilListening(child, port, () => said.trim()), failed]);
  return child;
}

async function untilListening(child: ChildProcess, port: number, said: () => string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    if (hasExited(child)) throw new CannotRun(`${NAME} did not start: ${said() || `exit code ${child.exitCode}`}`);
    if (Date.now() > deadline) throw new CannotRun(`${NAME} did not answer within ${READY_WITHIN_MS / 1000} seconds.`);
    await sleep(5);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** A port that nobody uses now. dynoxide takes 0, but does not say which port it then got. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
