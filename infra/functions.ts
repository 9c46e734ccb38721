import { globSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const FOLDER = join(dirname(import.meta.dirname), 'functions');

/** Entry points by the function's name: `functions/shop/api/handler.ts` is `shop-api`. */
function handlers(): Map<string, string> {
  const paths = globSync('**/handler.ts', { cwd: FOLDER });
  return new Map(paths.map((path) => [path.split(sep).slice(0, -1).join('-'), join(FOLDER, path)]));
}

/** The functions' names, which are the same everywhere: the path of each handler's folder, joined by `-`. */
export const functionNames = (): string[] => [...handlers().keys()].sort();

/** The entry point of a function. @throws Error if there is none. */
export function handlerOf(name: string): string {
  const path = handlers().get(name);
  if (path === undefined) throw new Error(`No handler.ts belongs to a function ${name}.`);
  return path;
}
