import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';
import { it } from 'node:test';

const LOCAL_CLOUD = join(import.meta.dirname, '..', '..', '..', 'infra', 'local');

const blank = (text: string): string => text.replace(/\S/g, ' ');

/**
 * The casts in a source text, except `as const`, which forces no type. Node replaces types by spaces, so a cast is an
 * `as` that is gone afterwards. Comments and imports of types, which are gone too, are left out.
 */
function castsIn(name: string, text: string): string[] {
  const source = text.replace(/^\s*(\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm, blank).replace(/^import [\s\S]*?;$/gm, blank);
  const stripped = stripTypeScriptTypes(source);
  return [...source.matchAll(/\bas\b(?! const\b)/g)]
    .filter(({ index }) => stripped.slice(index, index + 2) === '  ')
    .map(({ index }) => `${name}:${source.slice(0, index).split('\n').length}`);
}

it('the local cloud has no casts: readers and type guards check a value where it becomes a type', () => {
  const files = globSync(join(LOCAL_CLOUD, '**', '*.ts'));
  assert.ok(files.length > 50);
  const casts = files.flatMap((file) => castsIn(relative(LOCAL_CLOUD, file), readFileSync(file, 'utf8')));
  assert.deepEqual(casts, []);
});

it('a cast is found in every place, and nothing else is', () => {
  const text = `import type { a as b } from 'c';
/** One as two. */
type D = {
  /** Three as four. */
  e: 'f';
};
const g = [1] as const;
const h = 'as' + (g as unknown as string);
const i = (j as {
  k: string;
}).k;
`;
  assert.deepEqual(castsIn('x.ts', text), ['x.ts:8', 'x.ts:8', 'x.ts:9']);
});
