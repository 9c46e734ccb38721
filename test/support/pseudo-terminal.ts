import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Why no pseudo-terminal can be opened here; undefined: it can. BSD's `script` has other options. */
export function withoutPseudoTerminal(): string | undefined {
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return error === undefined && stdout.includes('util-linux')
    ? undefined
    : 'No pseudo-terminal: script of util-linux is missing on this machine.';
}

export type InTerminal = {
  /** What a person would see so far, without control characters. */
  shown(): string;
  /** Types keys; `\x03` is Ctrl-C. */
  type(keys: string): void;
  ended: Promise<number | null>;
};

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs a command in a pseudo-terminal of a width. It gets these variables, and no others. */
export function inPseudoTerminal(
  command: readonly string[],
  { columns, env }: { columns: number; env: Record<string, string> },
): InTerminal {
  const line = `stty cols ${columns} rows 40; exec ${command.map(quoted).join(' ')}`;
  const options: SpawnOptions = {
    env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  };
  const child = spawn('script', ['-qec', line, '/dev/null'], options);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    shown: () => stripVTControlCharacters(output).replaceAll('\r', ''),
    type: (keys) => void child.stdin?.write(keys),
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
}
