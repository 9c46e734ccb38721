import { globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs the tests of a folder in this process, one file after the other. Loading the CDK or the SDK, and synthesizing a
 * stage, then happens once and not once for each file.
 */
export async function importTests(folder: string, pattern = '**/*.test.ts'): Promise<void> {
  for (const file of globSync(pattern, { cwd: folder }).sort()) await import(join(folder, file));
}
