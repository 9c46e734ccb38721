import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../base/failure.ts';
import { isRecord } from '../base/json.ts';
import type { Reaper } from '../processes/reaper.ts';
import { type Engine, type SuperviseOptions, supervise } from '../processes/supervisor.ts';

export type FauxqsOptions = Pick<SuperviseOptions, 'log' | 'onFailure'> & {
  /** Folder of topics, queues, messages and objects. */
  folder: string;
  reaper: Reaper;
};

const NAME = 'The SNS, SQS and S3 engine';
const READY_WITHIN_MS = 10_000;

/**
 * Starts fauxqs in a separate process on a free port of 127.0.0.1. Its writes are synchronous and must not block the
 * proxy.
 * @throws CannotRun when it does not start.
 */
export async function startFauxqs({ folder, reaper, log, onFailure }: FauxqsOptions): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  let port = 0;
  const stop = await supervise({
    name: NAME,
    pidFile: join(folder, 'engine.pid'),
    marker: folder,
    launch: async (onSpawn) => {
      const started = await launch({ folder, port, reaper, onSpawn });
      port = started.port;
      return started.child;
    },
    log,
    onFailure,
  });
  return { url: `http://127.0.0.1:${port}`, stop };
}

type Launch = { folder: string; port: number; reaper: Reaper; onSpawn: (child: ChildProcess) => void };

async function launch({ folder, port, reaper, onSpawn }: Launch): Promise<{ child: ChildProcess; port: number }> {
  const script = join(import.meta.dirname, 'fauxqs-process.ts');
  const child = reaper.spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, folder, String(port)],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {},
    },
  );
  onSpawn(child);
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-1000);
  });
  const listening = new Promise<number>((resolve, reject) => {
    child.once('message', (message) => {
      if (isRecord(message) && typeof message.port === 'number') resolve(message.port);
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new CannotRun(`${NAME} did not start: ${output.trim() || `exit code ${code}`}`)),
    );
  });
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new CannotRun(`${NAME} did not answer within ${READY_WITHIN_MS / 1000} seconds.`);
  });
  return { child, port: await Promise.race([listening, late]) };
}
