import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refused } from '../refused.ts';
import type { HoldProgress } from './hold-table.ts';
import type { MoverName } from './movers.ts';

/** What a restore has changed so far, so that it can be taken up again and undone exactly. */
export type RestoreRecord = {
  stage: string;
  region: string;
  /** What ran when the stage was paused first, and shall run again. */
  paused?: {
    /** ISO 8601. */
    at: string;
    running: MoverName[];
    /** Reserved concurrency that the functions taking commands had; null: none. */
    reserved: Record<string, number | null>;
  };
  restored?: {
    fromTable: string;
    /** ISO 8601: the moment that came back. */
    moment: string;
    tableName: string;
  };
  hold?: HoldProgress;
};

/** Where the record of a stage's restore is kept, on the machine of whoever does it. */
export type Recorder = { file: string; read(): RestoreRecord; write(record: RestoreRecord): void; close(): string };

/**
 * @param region where the stage is; a record of another region belongs to another stage of that name.
 * @throws Refused for a record that cannot be used.
 */
export function openRecord(folder: string, stage: string, region: string): Recorder {
  const file = join(folder, `restore.${stage}.json`);
  return {
    file,
    read: () => readRecord(file, { stage, region }),
    write: (record) => {
      mkdirSync(dirname(file), { recursive: true });
      // Beside and renamed: a crash leaves the one before or this one, never half of it.
      writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
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
    throw new Refused(`${file} cannot be read (${(error as Error).message}); put the one that pause wrote back.`);
  }
  if (record.stage === empty.stage && record.region === empty.region) return record;
  throw new Refused(
    `${file} is of stage ${record.stage} in ${record.region}, not of ${empty.stage} in ${empty.region}; ` +
      'finish that restore first, or move the file away.',
  );
}
