import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { writeWhole } from '../../write-whole.ts';
import { codeOf } from '../base/failure.ts';
import { readAs } from '../base/read.ts';

/** The position of a mapping in its stream, kept across restarts. */
export type Checkpoint = {
  /** Sequence number of the last completed record; undefined before the first. */
  read(): string | undefined;
  write(sequenceNumber: string): void;
};

export function openCheckpoint(path: string): Checkpoint {
  let current = load(path);
  return {
    read: () => current,
    write(sequenceNumber) {
      writeWhole(path, JSON.stringify({ sequenceNumber }));
      current = sequenceNumber;
    },
  };
}

const CHECKPOINT = v.object({ sequenceNumber: v.string() });

function load(path: string): string | undefined {
  try {
    return readAs(CHECKPOINT, JSON.parse(readFileSync(path, 'utf8')), `The checkpoint ${path}`).sequenceNumber;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
