import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function isRunning(pid: number): boolean {
  try {
    return !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No such process.
    return false;
  }
}

/** Living processes that this one has started. */
export function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').map(Number);
  return pids.filter((pid) => {
    try {
      const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(ppid) === parent && state !== 'Z';
    } catch {
      // It ended in the meantime, or is not a process.
      return false;
    }
  });
}

/** The process that an engine's pid file names. */
export function pidIn(folder: string, file = 'engine.pid'): number {
  return Number(readFileSync(join(folder, file), 'utf8'));
}

/** Processes that have this text in their command line or environment. */
export function processesWith(text: string): string[] {
  const found = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  return found.filter((pid) => {
    try {
      return ['cmdline', 'environ'].some((file) => readFileSync(join('/proc', pid, file), 'utf8').includes(text));
    } catch {
      // It ended in the meantime, or belongs to another user.
      return false;
    }
  });
}
