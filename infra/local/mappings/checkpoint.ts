import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../failure.ts';

/** How far a mapping has come in its stream, kept across restarts. */
export type Checkpoint = {
  /** Sequence number of the last record that is done with; undefined before the first. */
  read(): string | undefined;
  write(sequenceNumber: string): void;
};

export function openCheckpoint(path: string): Checkpoint {
  mkdirSync(dirname(path), { recursive: true });
  let current = load(path);
  return {
    read: () => current,
    write(sequenceNumber) {
      // Written beside and renamed: a kill leaves the old one or the new one, never half of one.
      writeFileSync(`${path}.new`, JSON.stringify({ sequenceNumber }));
      renameSync(`${path}.new`, path);
      current = sequenceNumber;
    },
  };
}

function load(path: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { sequenceNumber: string }).sequenceNumber;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
