import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './failure.ts';

/**
 * The content of a file that is created once and then reused: keys and secrets, readable by their owner only.
 */
export async function readOrCreate(file: string, make: () => string | Promise<string>): Promise<string> {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const content = await make();
  mkdirSync(dirname(file), { recursive: true });
  // Written to another file and renamed. Otherwise half a key could remain after a crash.
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return content;
}
