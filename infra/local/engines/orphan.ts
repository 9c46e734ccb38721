import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun, codeOf } from '../failure.ts';

/** Remembers a process, so that the next start can end it should it outlive us. */
export function writePidFile(path: string, pid: number): void {
  writeFileSync(path, `${pid}\n`);
}

const PATIENCE_MS = 5000;

/**
 * Ends the process that a crashed predecessor left behind, if there is one, and waits until it is
 * gone: two engines must never write one file.
 * @param marker must stand in the process's command line, so that no stranger with a reused id dies.
 * @throws CannotRun when it does not go away.
 */
export async function killOrphan(pidFile: string, marker: string): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  const deadline = Date.now() + PATIENCE_MS;
  while (commandLine(pid).includes(marker)) {
    if (Date.now() > deadline)
      throw new CannotRun(`Process ${pid} of an earlier start cannot be ended; end it and start again.`);
    signal(pid, 'SIGKILL');
    await sleep(10);
  }
  rmSync(pidFile, { force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The command line of a process; empty once it is gone, also while it is a zombie. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // No such process: both ways say so by failing.
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
