import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../write-whole.ts';
import { Refused } from '../refused.ts';
import type { HoldProgress } from './hold-table.ts';
import type { TriggerName } from './triggers.ts';

/** The changes of a restore so far, so that it can be continued, and undone exactly. */
export type RestoreRecord = {
  stage: string;
  region: string;
  /** The triggers that ran at the first pause and have to run again. */
  paused?: {
    /** ISO 8601. */
    at: string;
    running: TriggerName[];
    /** Former reserved concurrency of the functions that take commands. null: none was reserved. */
    reserved: Record<string, number | null>;
  };
  restored?: {
    fromTable: string;
    /** ISO 8601. The point in time that was restored. */
    moment: string;
    tableName: string;
  };
  hold?: HoldProgress;
};

/** Stores the record of a stage's restore on the machine of the operator who runs it. */
export type Recorder = { file: string; read(): RestoreRecord; write(record: RestoreRecord): void; close(): string };

/**
 * @param region of the stage. A record of another region belongs to another stage with that name.
 * @throws Refused for a record that cannot be used.
 */
export function openRecord(folder: string, stage: string, region: string): Recorder {
  const file = join(folder, `restore.${stage}.json`);
  return {
    file,
    read: () => readRecord(file, { stage, region }),
    write: (record) => writeWhole(file, `${JSON.stringify(record, null, 2)}\n`),
    close: () => {
      const closed = join(folder, `restore.${stage}.done.json`);
      if (existsSync(file)) renameSync(file, closed);
      return closed;
    },
  };
}

function readRecord(file: string, empty: RestoreRecord): RestoreRecord {
  if (!existsSync(file)) return empty;
  let record: RestoreRecord;
  try {
    record = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Refused(`${file} cannot be read (${(error as Error).message}); put back the file that pause wrote.`);
  }
  if (record.stage === empty.stage && record.region === empty.region) return record;
  throw new Refused(
    `${file} belongs to stage ${record.stage} in ${record.region}, not to ${empty.stage} in ${empty.region}: ` +
      'finish that restore first, or move the file away.',
  );
}
