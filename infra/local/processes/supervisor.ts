import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun, messageOf } from '../base/failure.ts';
import { killOrphan, writePidFile } from './orphan.ts';

export type Engine = {
  /** Its address, which does not change while the local cloud runs. */
  url: string;
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  /** The name for people. It is the beginning of sentences. */
  name: string;
  pidFile: string;
  /** A part of the engine's command line that no other process has. */
  marker: string;
  /**
   * Starts the process, passes it to `remember` immediately, and resolves when it answers. Called again, with the same
   * address, after the process died.
   */
  launch: (remember: (child: ChildProcess) => void) => Promise<ChildProcess>;
  log: (line: string) => void;
  /** Called when the engine dies repeatedly. The cloud cannot continue without it. */
  onFailure: (error: CannotRun) => void;
};

const MOST_DEATHS = 5;
const WITHIN_MS = 10_000;
const GRACE_MS = 1000;

/**
 * Keeps an engine running. Acknowledged data is on disk, so a killed engine is started again, and the rest of the cloud
 * sees only a few refused connections.
 * @returns a function that stops the engine.
 * @throws the error of `launch` at the first start.
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
    // An engine that is being restarted is stopped after its start. Otherwise nothing would stop it.
    await beginning;
    await end(current, pidFile, marker);
  };
}

/** Asks a process to end, then kills it. */
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
