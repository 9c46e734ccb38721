import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../../failure.ts';
import type { DynamoEngine, DynamoOptions } from '../dynamo-engine.ts';
import { killOrphan } from '../orphan.ts';
import { freePort } from '../port.ts';
import type { Reaper } from '../reaper.ts';
import { type Engine, supervise } from '../supervisor.ts';
import { fetchDynamodbLocal } from './fetch.ts';
import { keepWriteAheadLog } from './journal.ts';
import { type Requirements, requirementsOf } from './requirements.ts';

const NAME = 'The DynamoDB engine';
const FILE = 'shared-local-instance.db';
const READY_WITHIN_MS = 60_000;

/**
 * AWS's own, in Java, fetched when it is asked for. It keeps what it acknowledged but for the last write or
 * two before a SIGKILL, which it acknowledges before they are on disk.
 */
export const dynamodbLocal: DynamoEngine = { file: FILE, start };

async function start(options: DynamoOptions): Promise<Engine> {
  const { folder, environment, reaper, log, onFailure } = options;
  const requirements = await requirementsOf(environment);
  const unpacked = await fetchDynamodbLocal(options);
  const port = await freePort();
  if (requirements.enclosure.length === 0)
    log(`${NAME} listens on every network interface of this machine, as DYNAMODB_LOCAL_ALL_INTERFACES accepts`);
  const javaPidFile = join(folder, 'java.pid');
  const stop = await supervise({
    name: NAME,
    pidFile: join(folder, 'engine.pid'),
    marker: folder,
    launch: async (remember) => {
      // Java dies with the process around it, a moment later.
      await killOrphan(javaPidFile, folder);
      keepWriteAheadLog(join(folder, FILE));
      return launch({ ...requirements, folder, unpacked, javaPidFile, port, reaper, remember });
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
  remember: (child: ChildProcess) => void;
};

/** Starts the process around Java, and opens its one way in once Java answers. */
async function launch({ java, enclosure, folder, unpacked, javaPidFile, port, reaper, remember }: Launch) {
  const script = join(import.meta.dirname, 'enclosed-process.ts');
  const [command = '', ...args] = [...enclosure, process.execPath, script, folder, unpacked, java, javaPidFile];
  const child = reaper.spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH },
  });
  remember(child);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-1000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new CannotRun(`${NAME} did not start: ${said.trim() || `exit code ${code}`}`)));
  });
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new CannotRun(`${NAME} did not answer within ${READY_WITHIN_MS / 1000} seconds.`);
  });
  const opened = once(child, 'message').then(() => openTo(child, port));
  await Promise.race([opened, failed, late]);
  return child;
}

/**
 * Listens on 127.0.0.1 and gives the socket to the process: it stays a socket of this network, whatever
 * network its new owner lives in.
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
