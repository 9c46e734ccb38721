import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Starts processes and answers for their end: when this process dies in a way that leaves it no time
 * (SIGKILL, a crash), everything started here dies with it.
 */
export type Reaper = {
  /** As `child_process.spawn`, in a session of its own: Ctrl-C reaches us alone, and we stop things in order. */
  spawn(command: string, args: string[], options: SpawnOptions): ChildProcess;
  /** Kills whatever is still running, and settles when it is gone. */
  close(): Promise<void>;
};

/**
 * A shell, because it is everywhere, small, and needs nothing from us: it reads which processes live,
 * and kills them at the end of its input, which comes however we die.
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
  const living = new Map<number, Promise<unknown>>();
  let closed = false;
  let shell = startShell();

  function startShell(): ChildProcess {
    const started = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', ...[...living.keys()].map(String)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A shell that is gone cannot be written to; its successor knows from its first moment who lives.
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
      living.set(pid, new Promise((resolve) => child.once('exit', resolve)));
      shell.stdin?.write(`+ ${pid}\n`);
      child.once('exit', () => {
        living.delete(pid);
        if (!closed) shell.stdin?.write(`- ${pid}\n`);
      });
      return child;
    },
    async close() {
      closed = true;
      const ended = new Promise((resolve) => shell.once('exit', resolve));
      shell.stdin?.end();
      await Promise.all([ended, ...living.values()]);
    },
  };
}
