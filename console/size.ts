import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/**
 * `npm run console:size`: builds the console and prints what a browser loads before the first page can be used,
 * compressed as CloudFront compresses it. It fails above the bound.
 */

/** The bound of the first load, in bytes. */
const MOST_BYTES = 60 * 1024;

const outDir = mkdtempSync(join(tmpdir(), 'counterfoil-console-'));
try {
  await build({ configFile: join(import.meta.dirname, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });
  const files = readdirSync(outDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(
    ({ name, parentPath }) => [name, gzipSync(readFileSync(join(parentPath, name))).length] as const,
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  for (const [name, size] of [...sizes, ['in all', total] as const])
    process.stdout.write(`${String(size).padStart(8)} bytes  ${name}\n`);
  if (total > MOST_BYTES) {
    process.stderr.write(`The first load is ${total} bytes, and ${MOST_BYTES} are permitted.\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
