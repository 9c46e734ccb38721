import { DatabaseSync } from 'node:sqlite';

/** A shard that no reader knows. */
const NO_SHARD = 'dropped';

/**
 * Removes all records from dynoxide's streams, which keep them without a limit. The newest record of each table stays as
 * an empty one in a shard that does not exist, because dynoxide numbers the next record after it.
 * @returns the number of records that readers can no longer read.
 */
export function dropStreamRecords(file: string): number {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec('BEGIN IMMEDIATE');
    const counted = database
      .prepare('SELECT COUNT(*) AS readable FROM _stream_records WHERE shard_id <> ?')
      .get(NO_SHARD);
    database.exec(
      'DELETE FROM _stream_records WHERE id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name)',
    );
    database
      .prepare("UPDATE _stream_records SET shard_id = ?, keys_json = '{}', new_image = NULL, old_image = NULL")
      .run(NO_SHARD);
    database.exec('COMMIT');
    return Number(counted?.readable);
  } finally {
    database.close();
  }
}
