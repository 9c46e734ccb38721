import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { buildConsole } from '../../console-build.ts';
import type { Reaper } from '../processes/reaper.ts';

/** The files of the built console: their bytes by their path. */
export type ConsoleFiles = ReadonlyMap<string, { type: string; bytes: Buffer }>;

/** Builds the console, or takes it from the cache if nothing has changed. */
export async function consoleFiles(start: Reaper['spawn']): Promise<ConsoleFiles> {
  const folder = await buildConsole(start);
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
