import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeWhole } from '../write-whole.ts';
import { CannotRun, messageOf } from './base/failure.ts';
import { readOptional } from './base/read-or-create.ts';

/** The paths of everything that the local cloud stores, in one folder. */
export type DataFolder = ReturnType<typeof openDataFolder>;

/**
 * Creates the folder if it is missing.
 * @throws CannotRun when the folder cannot be read and written.
 */
export function openDataFolder(path: string) {
  const root = resolve(path);
  try {
    mkdirSync(root, { recursive: true });
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CannotRun(`The data folder ${root} (DATA_DIR) cannot be used: ${messageOf(cause)}.`, { cause });
  }
  return {
    root,
    lock: join(root, 'lock'),
    outputs: join(root, 'outputs.json'),
    /** Headers of requests, for curl. */
    headers: join(root, 'acme.headers'),
    /** The synthesized stack with its bundles. Each start copies it from the cache or makes it. */
    assembly: join(root, 'assembly'),
    dynamodb: join(root, 'dynamodb'),
    messaging: join(root, 'messaging'),
    sink: join(root, 'sink'),
    checkpoints: join(root, 'checkpoints'),
    secrets: join(root, 'secrets'),
    issuerKey: join(root, 'issuer.json'),
    webhookKey: join(root, 'webhook-key.pem'),
    logs: join(root, 'logs'),
    /** The name of the stage that the data is of. */
    stage: join(root, 'stage'),
    /** The port that the inbox had, because the URLs of endpoints contain it. */
    inboxPort: join(root, 'inbox-port'),
    /** The port that the console had, because open pages and bookmarks contain it. */
    consolePort: join(root, 'console-port'),
    /** The port that the channels had, because open pages connect to it again. */
    livePort: join(root, 'live-port'),
  };
}

/**
 * Binds the folder to a stage. Two stages have resources of different names, so the other stage would start empty.
 * @throws CannotRun when the data is of another stage.
 */
export function bindToStage({ root, stage: file }: DataFolder, stage: string): void {
  const bound = readOptional(file);
  if (bound !== undefined && bound !== stage)
    throw new CannotRun(
      `The data in ${root} is of the stage ${bound}, and this is ${stage}; set STAGE=${bound}, name another folder in DATA_DIR, or start with --fresh (the data is lost).`,
    );
  writeWhole(file, stage);
}

/** The port that the inbox had at the last start; undefined at the first one. */
export const inboxPortOf = ({ inboxPort }: DataFolder): number | undefined => portIn(inboxPort);

/** The port that the console had at the last start; undefined at the first one. */
export const consolePortOf = ({ consolePort }: DataFolder): number | undefined => portIn(consolePort);

function portIn(file: string): number | undefined {
  const port = Number(readOptional(file));
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

/** The port that the channels had at the last start; undefined at the first one. */
export const livePortOf = ({ livePort }: DataFolder): number | undefined => portIn(livePort);

export function rememberInboxPort({ inboxPort }: DataFolder, url: string): void {
  writeWhole(inboxPort, new URL(url).port);
}

export function rememberConsolePort({ consolePort }: DataFolder, url: string): void {
  writeWhole(consolePort, new URL(url).port);
}

export function rememberLivePort({ livePort }: DataFolder, url: string): void {
  writeWhole(livePort, new URL(url).port);
}

/**
 * Locks the folder for this process until the returned function is called. It is a kernel lock on a file that SQLite
 * holds. The lock ends with the process, so it is never stale.
 * @throws CannotRun when another local cloud runs on the folder.
 */
export function lockDataFolder({ root, lock }: DataFolder): () => void {
  const database = new DatabaseSync(lock, { timeout: 0 });
  const taken = holds(database);
  // A predecessor removes its file last. A lock on a removed file has no effect.
  if (!taken || !existsSync(lock)) {
    database.close();
    throw new CannotRun(`Another local cloud runs on ${root}; stop it, or name another folder in DATA_DIR.`);
  }
  held.add(database);
  return () => {
    rmSync(lock, { force: true });
    database.close();
    held.delete(database);
  };
}

/**
 * The locks of this process. The garbage collector closes a database without a reference, which would release the lock.
 */
const held = new Set<DatabaseSync>();

function holds(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

const SQLITE_BUSY = 5;

/** Removes everything that the local cloud stored there. Other files in the folder remain. */
export function wipeDataFolder({ root, lock, ...kept }: DataFolder): void {
  for (const path of Object.values(kept)) rmSync(path, { recursive: true, force: true });
}
