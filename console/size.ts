import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Manifest } from 'vite';

/**
 * `npm run console:size`: builds the console and prints what a browser loads before the message log can be used,
 * compressed as CloudFront compresses it. It fails above the bound. What the other pages add is printed after it.
 */

/** The bound of the first load, in bytes. */
const MOST_BYTES = 60 * 1024;
/** The page that is shown first. It is loaded by itself. */
const FIRST_PAGE = 'src/messages/log-page.tsx';

const outDir = mkdtempSync(join(tmpdir(), 'counterfoil-console-'));
try {
  const configFile = join(import.meta.dirname, 'vite.config.ts');
  await build({ configFile, logLevel: 'warn', build: { outDir, manifest: 'manifest.json' } });
  const manifest: Manifest = JSON.parse(readFileSync(join(outDir, 'manifest.json'), 'utf8'));
  if (!manifest[FIRST_PAGE]) throw new Error(`The build has no ${FIRST_PAGE}.`);
  const first = new Set(['index.html', ...filesOf(manifest, 'index.html'), ...filesOf(manifest, FIRST_PAGE)]);
  const total = print(first, 'first load');
  const pages = Object.keys(manifest).filter((name) => manifest[name]?.isDynamicEntry && name !== FIRST_PAGE);
  for (const page of pages) print(new Set([...filesOf(manifest, page)].filter((file) => !first.has(file))), page);
  if (total > MOST_BYTES) {
    process.stderr.write(`The first load is ${total} bytes, and ${MOST_BYTES} are permitted.\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(outDir, { recursive: true, force: true });
}

/** The files that a part of the build needs before it can run. */
function filesOf(manifest: Manifest, part: string, known = new Set<string>()): Set<string> {
  const { file, css = [], assets = [], imports = [] } = manifest[part] ?? {};
  if (file === undefined || known.has(file)) return known;
  for (const one of [file, ...css, ...assets]) known.add(one);
  for (const one of imports) filesOf(manifest, one, known);
  return known;
}

/** Prints files and their compressed sizes, and returns the sum. */
function print(files: ReadonlySet<string>, name: string): number {
  const sizes = [...files].map((file) => [file, gzipSync(readFileSync(join(outDir, file))).length] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  for (const [file, size] of [...sizes, [`${name}, in all`, total] as const])
    process.stdout.write(`${String(size).padStart(8)} bytes  ${file}\n`);
  return total;
}
