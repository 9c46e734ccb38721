import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../base/json.ts';
import { compileCache } from '../processes/compile-cache.ts';
import type { Reaper } from '../processes/reaper.ts';
import { started } from '../processes/started.ts';
import { type Engine, type SuperviseOptions, supervise } from '../processes/supervisor.ts';

export type FauxqsOptions = Pick<SuperviseOptions, 'log' | 'onFailure'> & {
  /** Folder of topics, queues, messages and objects. */
  folder: string;
  reaper: Reaper;
};

const NAME = 'The SNS, SQS and S3 engine';
/** A start takes less than a second. The limit is for a busy machine. */
const READY_WITHIN_MS = 60_000;

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
      env: compileCache(),
    },
  );
  onSpawn(child);
  const ready = new Promise<number>((resolve) => {
    child.once('message', (message) => {
      if (isRecord(message) && typeof message.port === 'number') resolve(message.port);
    });
  });
  return { child, port: await started({ name: NAME, child, withinMs: READY_WITHIN_MS, ready }) };
}
