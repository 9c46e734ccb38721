import { readFileSync } from 'node:fs';
import { writeWhole } from '../../write-whole.ts';
import { codeOf } from './failure.ts';

/**
 * The content of a file that is created once and then reused: keys and secrets, readable by their owner only.
 */
export async function readOrCreate(file: string, make: () => string | Promise<string>): Promise<string> {
  const existing = readOptional(file);
  if (existing !== undefined) return existing;
  const content = await make();
  writeWhole(file, content);
  return content;
}

/** The content of a file; undefined: there is none. */
export function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}
