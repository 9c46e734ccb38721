import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';

const blank = (text: string): string => text.replace(/\S/g, ' ');

/**
 * The lines of the casts in a source text, except `as const`, which forces no type. Node replaces types by spaces, so a
 * cast is an `as` that is gone afterwards. Comments and imports of types, which are gone too, are left out.
 */
export function castsIn(text: string): number[] {
  const source = text.replace(/^\s*(\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm, blank).replace(/^import [\s\S]*?;$/gm, blank);
  const stripped = stripTypeScriptTypes(source);
  return [...source.matchAll(/\bas\b(?! const\b)/g)]
    .filter(({ index }) => stripped.slice(index, index + 2) === '  ')
    .map(({ index }) => source.slice(0, index).split('\n').length);
}

/** The lines of the casts in each file of a folder, by the file's path in it; files without casts are empty lists. */
export function castsOf(folder: string): Map<string, number[]> {
  const files = globSync(join(folder, '**', '*.ts')).sort();
  return new Map(files.map((file) => [relative(folder, file), castsIn(readFileSync(file, 'utf8'))]));
}
