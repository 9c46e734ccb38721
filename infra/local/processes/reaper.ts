import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Starts processes and guarantees their end. When this process ends without a chance to stop them (SIGKILL, a crash),
 * all of them are killed.
 */
export type Reaper = {
  /**
   * As `child_process.spawn`, in a separate session: Ctrl-C reaches only this process, which then stops the others in
   * order.
   */
  spawn(command: string, args: string[], options: SpawnOptions): ChildProcess;
  /** Kills all processes that are still running, and settles when they are gone. */
  close(): Promise<void>;
};

/**
 * A shell, because it is available everywhere and small. It reads which processes are running, and kills them at the
 * end of its input. The input ends whenever this process ends, for any reason.
 */
const SCRIPT = `
pids="$*"
while read -r change pid; do
  case $change in
    +) pids="$pids $pid" ;;
    -) kept=; for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done; pids=$kept ;;
  esac
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
`;

export function startReaper(): Reaper {
  const running = new Map<number, Promise<unknown>>();
  let closed = false;
  let shell = startShell();

  function startShell(): ChildProcess {
    const started = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', ...[...running.keys()].map(String)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Writing fails when the shell is gone. Its successor gets all running processes as arguments.
    started.stdin?.on('error', () => undefined);
    started.once('exit', () => {
      if (closed) return;
      shell = startShell();
    });
    return started;
  }

  return {
    spawn(command, args, options) {
      const child = spawn(command, args, { ...options, detached: true });
      const { pid } = child;
      if (pid === undefined) return child;
      running.set(pid, new Promise((resolve) => child.once('exit', resolve)));
      shell.stdin?.write(`+ ${pid}\n`);
      child.once('exit', () => {
        running.delete(pid);
        if (!closed) shell.stdin?.write(`- ${pid}\n`);
      });
      return child;
    },
    async close() {
      closed = true;
      const ended = new Promise((resolve) => shell.once('exit', resolve));
      shell.stdin?.end();
      await Promise.all([ended, ...running.values()]);
    },
  };
}
