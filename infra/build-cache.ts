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

/** Where results of builds are kept: npm removes the folder with everything else that it installed. */
const CACHE = join(root, 'node_modules', '.cache', 'counterfoil');

/** Results of one kind that are kept; older ones are removed when a new one is added. */
const KEPT_OF_A_KIND = 12;
/** A build that was called off leaves its folder behind. After this time no build is still at work in it. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Returns the folder that holds the result of a build, and builds it only if no earlier build had the same inputs.
 * Two processes may build the same at the same time: the first one to finish keeps its result, and both return it.
 * @param kind names what is built.
 * @param key identifies all inputs of the build: see `keyOf`.
 * @param build writes the result into the folder that it is given.
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
 * The key of everything that a build reads: the files' paths and contents, the version of Node, and `settings`.
 * Reading 400 small files takes less than 50 ms.
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
