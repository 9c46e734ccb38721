import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';

/** A terminal: variables and functions of one command are there for the next one. */
export type Shell = {
  /** Types a command and waits for its end. `output` is what it printed, to both streams. */
  type(command: string): Promise<{ output: string; exitCode: number }>;
  close(): Promise<void>;
};

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Opens bash in a folder. */
export function openShell(folder: string, environment: NodeJS.ProcessEnv): Shell {
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  let look = (): void => undefined;
  const ended = new Promise<void>((resolve) => bash.once('close', () => resolve()));
  bash.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
    look();
  });

  async function type(command: string): Promise<{ output: string; exitCode: number }> {
    const end = randomUUID();
    printed = '';
    const done = new Promise<{ output: string; exitCode: number }>((resolve) => {
      look = () => {
        const [output = '', status] = printed.split(`\n${end} `);
        if (status?.endsWith('\n')) resolve({ output, exitCode: Number(status) });
      };
    });
    // No command may read the commands that follow it.
    bash.stdin.write(`eval ${quoted(command)} </dev/null 2>&1; printf '\\n%s %s\\n' ${end} $?\n`);
    const over = ended.then((): never => {
      throw new Error(`The shell ended in this command: ${command}\n${printed}`);
    });
    return Promise.race([done, over]);
  }

  async function close(): Promise<void> {
    bash.stdin.end();
    await ended;
  }

  return { type, close };
}
