import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun, messageOf } from '../failure.ts';
import { killOrphan, writePidFile } from './orphan.ts';

export type Engine = {
  /** Where it answers; the same for as long as the local cloud runs. */
  url: string;
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  /** As people know it: it begins sentences. */
  name: string;
  pidFile: string;
  /** Part of the engine's command line that no other process has. */
  marker: string;
  /**
   * Starts the process, hands it to `remember` at once, and resolves once it answers. Called again, with
   * the same address, when it died.
   */
  launch: (remember: (child: ChildProcess) => void) => Promise<ChildProcess>;
  log: (line: string) => void;
  /** The engine keeps dying: nothing can go on without it. */
  onFailure: (error: CannotRun) => void;
};

const MOST_DEATHS = 5;
const WITHIN_MS = 10_000;
const GRACE_MS = 1000;

/**
 * Keeps an engine running: what it acknowledged is on disk, so one that was killed is started again
 * and the rest of the cloud sees a few refused connections.
 * @returns how to stop it.
 * @throws whatever `launch` throws at the first start.
 */
export async function supervise({
  name,
  pidFile,
  marker,
  launch,
  log,
  onFailure,
}: SuperviseOptions): Promise<() => Promise<void>> {
  let stopping = false;
  let current: ChildProcess;
  const deaths: number[] = [];

  const begin = async (): Promise<void> => {
    await killOrphan(pidFile, marker);
    current = await launch(({ pid }) => {
      if (pid !== undefined) writePidFile(pidFile, pid);
    });
    if (hasExited(current)) return died();
    current.once('exit', () => {
      beginning = died();
    });
  };
  const died = async (): Promise<void> => {
    if (stopping) return;
    const now = Date.now();
    deaths.push(now);
    const recent = deaths.filter((at) => now - at < WITHIN_MS).length;
    log(`${name} died (${current.signalCode ?? `exit code ${current.exitCode}`}) and is started again`);
    if (recent > MOST_DEATHS)
      return onFailure(new CannotRun(`${name} died ${recent} times within ${WITHIN_MS / 1000} seconds.`));
    try {
      await begin();
    } catch (error) {
      onFailure(new CannotRun(`${name} died and does not start again: ${messageOf(error)}`, { cause: error }));
    }
  };

  let beginning = begin();
  await beginning;
  return async () => {
    stopping = true;
    // One that is being started again is stopped once it has started: nobody else would know of it.
    await beginning;
    await end(current, pidFile, marker);
  };
}

/** Asks a process to end, then makes it. */
async function end(child: ChildProcess, pidFile: string, marker: string): Promise<void> {
  if (!hasExited(child)) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(GRACE_MS, undefined, { ref: false })]);
  }
  await killOrphan(pidFile, marker);
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
