import { globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs the tests of a folder of `test` in this process, one file after the other. Loading the CDK or the SDK,
 * synthesizing a stage and starting a cloud then happens once and not once for each file. Node starts the files of
 * `npm test` by their names, so these, which take the longest, start first.
 */
export async function importTests(pattern: string): Promise<void> {
  const root = join(import.meta.dirname, '..');
  for (const file of globSync(pattern, { cwd: root }).sort()) await import(join(root, file));
}
