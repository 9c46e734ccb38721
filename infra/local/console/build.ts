import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { builtOnce, keyOf } from '../../build-cache.ts';
import { CannotRun } from '../base/failure.ts';
import type { Reaper } from '../processes/reaper.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));

/** Everything that the console is built from. Of `shared`, it imports types only. */
const SOURCES = ['console/**', 'package.json', 'package-lock.json'];

/** The files of the built console: their bytes by their path. */
export type ConsoleFiles = ReadonlyMap<string, { type: string; bytes: Buffer }>;

/**
 * Builds the console with Vite in its own process, or takes it from the cache if nothing has changed.
 * @throws CannotRun with what Vite printed.
 */
export async function buildConsole(start: Reaper['spawn']): Promise<ConsoleFiles> {
  const folder = await builtOnce('console', keyOf(SOURCES, []), (outdir) => runVite(outdir, start));
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    paths.flatMap((path) => {
      const type = TYPES[extname(path)];
      return type ? [[`/${path}`, { type, bytes: readFileSync(join(folder, path)) }] as const] : [];
    }),
  );
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function runVite(outdir: string, start: Reaper['spawn']): Promise<void> {
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
  if (code !== 0) throw new CannotRun(`The console could not be built: ${output.trim()}`);
}
