import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { builtOnce, keyOf } from './build-cache.ts';

const root = dirname(import.meta.dirname);

/** Everything that the console is built from. Of `shared`, it imports types only. */
export const CONSOLE_SOURCES = ['console/**', 'package.json', 'package-lock.json'];

/** Starts a process, for callers that end their child processes themselves. */
type Start = (command: string, args: string[], options: SpawnOptions) => ChildProcess;

/**
 * Builds the console with Vite in its own process. If the sources have not changed since an earlier call, nothing is
 * built.
 * @returns the folder of its files. It belongs to a cache: copy it, and do not change it.
 * @throws ConsoleNotBuilt with what Vite printed.
 */
export const buildConsole = (start: Start = spawn): Promise<string> =>
  builtOnce('console', keyOf(CONSOLE_SOURCES, []), (outdir) => runVite(outdir, start));

async function runVite(outdir: string, start: Start): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = ['build', 'console', '--outDir', outdir, '--logLevel', 'warn'];
  const child = start(process.execPath, [vite, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new ConsoleNotBuilt(`The console could not be built: ${output.trim()}`);
}

/** Vite failed. The message contains what it printed. */
class ConsoleNotBuilt extends Error {
  readonly code = 'CONSOLE_NOT_BUILT';
}
