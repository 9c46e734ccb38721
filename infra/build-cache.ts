import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** Build results are stored here. npm removes the folder together with everything else that it installed. */
const CACHE = join(root, 'node_modules', '.cache', 'counterfoil');

/** Number of results kept per kind. Adding a result removes the oldest ones beyond it. */
const KEPT_OF_A_KIND = 12;
/** A cancelled build leaves its folder behind. After this time, no build can still be writing to it. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Returns the folder with the result of a build. Builds only if no earlier build had the same inputs. If two processes
 * run the same build at the same time, the first one to finish stores its result, and both return it.
 * @param kind names what is built.
 * @param key identifies all inputs of the build: see `keyOf`.
 * @param build writes the result into the given folder.
 */
export async function builtOnce(kind: string, key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, `${kind}-${key}`);
  if (existsSync(folder)) {
    markAsUsed(folder);
    return folder;
  }
  const unfinished = join(CACHE, `unfinished-${kind}-${key}-${randomUUID()}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    await build(unfinished);
    keep(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  removeOld(kind);
  return folder;
}

/**
 * The key of all inputs of a build: the paths and contents of the files, the version of Node, and `settings`. Reading
 * 400 small files takes less than 50 ms.
 * @param patterns of files, relative to the project. @param except patterns of files that the build does not read.
 */
export function keyOf(
  patterns: readonly string[],
  settings: readonly string[],
  except: readonly string[] = [],
): string {
  const hash = createHash('sha256').update(JSON.stringify([process.version, ...settings]));
  for (const path of globSync([...patterns], { cwd: root, exclude: [...except] }).sort()) {
    const file = join(root, path);
    if (statSync(file).isFile()) hash.update(JSON.stringify(path)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
}

function keep(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process has finished the same build in the meantime. Its result is as good as ours.
    if (!existsSync(folder)) throw error;
  }
}

function markAsUsed(folder: string): void {
  const now = new Date();
  utimesSync(folder, now, now);
}

function removeOld(kind: string): void {
  const entries = readdirSync(CACHE).map((name) => ({
    path: join(CACHE, name),
    name,
    usedAt: lastUseOf(join(CACHE, name)),
  }));
  const results = entries.filter(({ name }) => name.startsWith(`${kind}-`)).sort((a, b) => b.usedAt - a.usedAt);
  const abandoned = entries.filter(
    ({ name, usedAt }) => name.startsWith('unfinished-') && usedAt < Date.now() - ABANDONED_AFTER_MS,
  );
  for (const { path } of [...results.slice(KEPT_OF_A_KIND), ...abandoned])
    rmSync(path, { recursive: true, force: true });
}

/** Epoch milliseconds; 0 for a folder that another process has just removed. */
const lastUseOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
