import { DatabaseSync } from 'node:sqlite';

/**
 * Makes the engine's file, where it is missing, one whose commits go to a write-ahead log: each then waits for the
 * disk once instead of several times, and is as safe. SQLite keeps that in the file, so the engine goes along.
 */
export function keepWriteAheadLog(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = WAL');
  } finally {
    database.close();
  }
}
