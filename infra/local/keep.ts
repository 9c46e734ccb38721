import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './failure.ts';

/**
 * The content of a file that is made once and then kept: keys and secrets, readable by their owner
 * alone.
 */
export async function keep(file: string, make: () => string | Promise<string>): Promise<string> {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const content = await make();
  mkdirSync(dirname(file), { recursive: true });
  // Written beside and renamed: half a key would be kept for ever.
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return content;
}
