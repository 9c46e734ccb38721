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
   * Starts the process, passes it to `onSpawn` immediately, and resolves when it answers. Called again, with the same
   * address, after the process ended.
   */
  launch: (onSpawn: (child: ChildProcess) => void) => Promise<ChildProcess>;
  log: (line: string) => void;
  /** Called when the engine ends repeatedly. The cloud cannot continue without it. */
  onFailure: (error: CannotRun) => void;
};

const MAX_CRASHES = 5;
const CRASH_WINDOW_MS = 10_000;
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
  const crashes: number[] = [];

  const startEngine = async (): Promise<void> => {
    await killOrphan(pidFile, marker);
    current = await launch(({ pid }) => {
      if (pid !== undefined) writePidFile(pidFile, pid);
    });
    if (hasExited(current)) return onExit();
    current.once('exit', () => {
      starting = onExit();
    });
  };
  const onExit = async (): Promise<void> => {
    if (stopping) return;
    const now = Date.now();
    crashes.push(now);
    const recent = crashes.filter((at) => now - at < CRASH_WINDOW_MS).length;
    log(`${name} ended (${current.signalCode ?? `exit code ${current.exitCode}`}) and is started again`);
    if (recent > MAX_CRASHES)
      return onFailure(new CannotRun(`${name} ended ${recent} times within ${CRASH_WINDOW_MS / 1000} seconds.`));
    try {
      await startEngine();
    } catch (error) {
      onFailure(new CannotRun(`${name} ended and does not start again: ${messageOf(error)}`, { cause: error }));
    }
  };

  let starting = startEngine();
  await starting;
  return async () => {
    stopping = true;
    // An engine that is being restarted is stopped after its start. Otherwise nothing would stop it.
    await starting;
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
