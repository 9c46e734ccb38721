import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CannotRun } from '../base/failure.ts';

/** An e-mail that SES accepted, as shown in the inbox. */
export type EmailEntry = {
  /** SES's message id. */
  id: string;
  /** ISO time of acceptance. */
  at: string;
  from: string;
  /** Every recipient: To, Cc and Bcc alike. */
  to: string[];
  subject: string;
  /** Empty when the e-mail has no such part. */
  text: string;
  html: string;
  attachments: { name: string; size: number; sha256: string }[];
  /** Headers of the request, by name. Absent in entries of earlier versions of the sink. */
  headers?: Record<string, string>;
  tags: Record<string, string>;
};

/** A text message that a provider accepted, as shown in the inbox. */
export type SmsEntry = {
  id: string;
  at: string;
  to: string;
  body: string;
  /** The requested origin: a number, a name or an ARN. Absent where the provider chooses. */
  from?: string;
  /** The context that End User Messaging repeats on its events. */
  context?: Record<string, string>;
};

export type WebhookEntry = { at: string; path: string; headers: Record<string, string>; body: string };

type Entries = { email: EmailEntry; sms: SmsEntry; webhook: WebhookEntry };
export type Kind = keyof Entries;

/** An event of a provider that is not yet published, or is withheld. */
export type StoredEvent = { n: number; topicArn: string; body: string; dueAt: number };
export type NewEvent = {
  type: string;
  topicArn: string;
  body: string;
  /** Epoch milliseconds; `null` withholds the event. */
  dueAt: number | null;
  /** Among events that are due at the same time, the latest is published first. */
  reversed: boolean;
};

const SCHEMA_VERSION = 1;

export type SinkStore = ReturnType<typeof openStore>;

/**
 * Opens the sink's store. Every write is on disk before its call returns, because SQLite's log survives the end of the
 * process at any time. So an accepted message is never lost.
 */
export function openStore(dataDir: string) {
  mkdirSync(dataDir, { recursive: true });
  const database = new DatabaseSync(join(dataDir, 'inbox.sqlite'));
  refuseOtherSchema(database);
  database.exec(`
    PRAGMA user_version = ${SCHEMA_VERSION};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, entry TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS files (id TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, n));
    CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind, n);
    CREATE TABLE IF NOT EXISTS events (
      n INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, topic_arn TEXT NOT NULL, body TEXT NOT NULL, due_at INTEGER,
      direction INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS events_by_due ON events (due_at, n);
    CREATE TABLE IF NOT EXISTS destinations (name TEXT PRIMARY KEY);
  `);
  const insertEntry = database.prepare('INSERT INTO entries (kind, entry) VALUES (?, ?)');
  const selectEntries = database.prepare('SELECT entry FROM entries WHERE kind = ? ORDER BY n LIMIT -1 OFFSET ?');
  const insertFile = database.prepare('INSERT INTO files (id, n, bytes) VALUES (?, ?, ?)');
  const selectFile = database.prepare('SELECT bytes FROM files WHERE id = ? AND n = ?');
  const insertEvent = database.prepare(
    'INSERT INTO events (type, topic_arn, body, due_at, direction) VALUES (?, ?, ?, ?, ?)',
  );
  const selectNext = database.prepare(
    'SELECT n, topic_arn AS topicArn, body, due_at AS dueAt FROM events WHERE due_at IS NOT NULL ORDER BY due_at, n * direction LIMIT 1',
  );
  const insertDestination = database.prepare('INSERT OR IGNORE INTO destinations (name) VALUES (?)');
  const deleteEvent = database.prepare('DELETE FROM events WHERE n = ?');
  const releaseEvents = database.prepare('UPDATE events SET due_at = ? WHERE due_at IS NULL AND type = ?');
  const selectWithheld = database.prepare('SELECT DISTINCT type FROM events WHERE due_at IS NULL');

  const insertAll = (events: NewEvent[]): void => {
    for (const { type, topicArn, body, dueAt, reversed } of events) {
      insertEvent.run(type, topicArn, body, dueAt, reversed ? -1 : 1);
    }
  };
  const transaction = (work: () => void): void => {
    database.exec('BEGIN');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    /** Adds an entry, its events and the bytes of its attachments in one transaction. */
    add<K extends Kind>(kind: K, entry: Entries[K], events: NewEvent[] = [], files: Buffer[] = []): void {
      transaction(() => {
        for (const [n, bytes] of files.entries()) insertFile.run('id' in entry ? entry.id : '', n, bytes);
        insertEntry.run(kind, JSON.stringify(entry));
        insertAll(events);
      });
    },
    /** The entries of a kind without the `offset` oldest ones, oldest first, as a JSON array. */
    listJson: (kind: Kind, offset: number): string =>
      `[${selectEntries
        .all(kind, offset)
        .map(({ entry }) => entry)
        .join(',')}]`,
    /** The bytes of an e-mail's n-th attachment, counted from 0. */
    attachment: (id: string, n: number): Uint8Array | undefined => {
      const bytes = selectFile.get(id, n)?.bytes;
      return bytes instanceof Uint8Array ? bytes : undefined;
    },
    /** Adds the first event of a new destination. Does nothing for a known destination. */
    addDestination(name: string, event: NewEvent): void {
      transaction(() => {
        if (insertDestination.run(name).changes > 0) insertAll([event]);
      });
    },
    nextEvent: (): StoredEvent | undefined => {
      const row = selectNext.get();
      return (
        row && { n: Number(row.n), topicArn: String(row.topicArn), body: String(row.body), dueAt: Number(row.dueAt) }
      );
    },
    removeEvent: (n: number): void => {
      deleteEvent.run(n);
    },
    withheldTypes: (): string[] => selectWithheld.all().map(({ type }) => String(type)),
    /** Makes the withheld events of a type due. */
    release: (type: string, dueAt: number): void => {
      releaseEvents.run(dueAt, type);
    },
    close: (): void => database.close(),
  };
}

/** Data of another version is not migrated: the inbox shows messages and does not archive them. */
function refuseOtherSchema(database: DatabaseSync): void {
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (tables === 0 || version === SCHEMA_VERSION) return;
  database.close();
  throw new CannotRun(
    'The inbox was written by another version of the local cloud; start with --fresh to create it again (its data is lost).',
  );
}
