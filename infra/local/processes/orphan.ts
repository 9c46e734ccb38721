import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun, codeOf } from '../base/failure.ts';

/** Records a process, so that the next start can end it if it survives this process. */
export function writePidFile(path: string, pid: number): void {
  writeFileSync(path, `${pid}\n`);
}

const KILL_TIMEOUT_MS = 5000;

/**
 * Ends the process that a crashed predecessor left, if there is one, and waits until it is gone. Two engines must never
 * write the same file.
 * @param marker must be part of the process's command line, so that another process with a reused id is not killed.
 * @throws CannotRun when the process does not end.
 */
export async function killOrphan(pidFile: string, marker: string): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  const deadline = Date.now() + KILL_TIMEOUT_MS;
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

/** The command line of a process. Empty when the process is gone or a zombie. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // Both ways fail when there is no such process.
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
