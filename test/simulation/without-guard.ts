import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guard } from './guards/guard.ts';
import { GUARDS } from './guards.ts';

/**
 * Preloaded (`--import`) to remove one guard: the loaded modules are the real ones without the text of that guard.
 * `WITHOUT_GUARD` names it.
 */
const root = join(import.meta.dirname, '..', '..');
const name = process.env.WITHOUT_GUARD;
const guard = GUARDS.find((one) => one.name === name);
if (!guard) throw new Error(`There is no guard "${name}".`);

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:')) return next(url, context);
    const path = fileURLToPath(url);
    const edits = guard.edits.filter(({ file }) => file === relative(root, path));
    if (edits.length === 0) return next(url, context);
    const source = edits.reduce(without, readFileSync(path, 'utf8'));
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});

function without(text: string, { file, find, replace }: Guard['edits'][number]): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`Guard "${name}": its text occurs ${times} times in ${file} instead of once.`);
  return text.replace(find, () => replace);
}
