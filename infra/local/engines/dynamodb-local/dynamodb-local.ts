import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../../base/failure.ts';
import { killOrphan } from '../../processes/orphan.ts';
import { freePort } from '../../processes/port.ts';
import type { Reaper } from '../../processes/reaper.ts';
import { type Engine, type SuperviseOptions, supervise } from '../../processes/supervisor.ts';
import { type FetchOptions, fetchDynamodbLocal } from './fetch.ts';
import { keepWriteAheadLog } from './journal.ts';
import { type Requirements, requirementsOf } from './requirements.ts';

const NAME = 'The DynamoDB engine';
const FILE = 'shared-local-instance.db';
const READY_WITHIN_MS = 60_000;

/**
 * AWS's own engine, in Java. It is downloaded when it is first used. After a SIGKILL, it may have lost the last one or
 * two writes, because it acknowledges them before they are on disk.
 */
export const dynamodbLocal = { file: FILE, start };

type Options = FetchOptions & Pick<SuperviseOptions, 'log' | 'onFailure'> & { folder: string };

async function start(options: Options): Promise<Engine> {
  const { folder, environment, reaper, log, onFailure } = options;
  const requirements = await requirementsOf(environment);
  const unpacked = await fetchDynamodbLocal(options);
  const port = await freePort();
  if (requirements.isolation.length === 0)
    log(`${NAME} listens on every network interface of this machine, as DYNAMODB_LOCAL_ALL_INTERFACES accepts`);
  const javaPidFile = join(folder, 'java.pid');
  const stop = await supervise({
    name: NAME,
    pidFile: join(folder, 'engine.pid'),
    marker: folder,
    launch: async (onSpawn) => {
      // Java ends shortly after its parent process.
      await killOrphan(javaPidFile, folder);
      keepWriteAheadLog(join(folder, FILE));
      return launch({ ...requirements, folder, unpacked, javaPidFile, port, reaper, onSpawn });
    },
    log,
    onFailure,
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await stop();
      await killOrphan(javaPidFile, folder);
    },
  };
}

type Launch = Requirements & {
  folder: string;
  unpacked: string;
  javaPidFile: string;
  port: number;
  reaper: Reaper;
  onSpawn: (child: ChildProcess) => void;
};

/** Starts the parent process of Java, and opens its only socket when Java answers. */
async function launch({ java, isolation, folder, unpacked, javaPidFile, port, reaper, onSpawn }: Launch) {
  const script = join(import.meta.dirname, 'isolated-process.ts');
  const [command = '', ...args] = [...isolation, process.execPath, script, folder, unpacked, java, javaPidFile];
  const child = reaper.spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH },
  });
  onSpawn(child);
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-1000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new CannotRun(`${NAME} did not start: ${output.trim() || `exit code ${code}`}`)),
    );
  });
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new CannotRun(`${NAME} did not answer within ${READY_WITHIN_MS / 1000} seconds.`);
  });
  const opened = once(child, 'message').then(() => openTo(child, port));
  await Promise.race([opened, failed, late]);
  return child;
}

/**
 * Listens on 127.0.0.1 and passes the socket to the process. It remains a socket of this network namespace, although
 * its new owner is in another one.
 */
async function openTo(child: ChildProcess, port: number): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const open = once(child, 'message');
  await new Promise<void>((resolve, reject) => {
    child.send('open', server, (error) => (error ? reject(error) : resolve()));
  });
  server.close();
  await open;
}
