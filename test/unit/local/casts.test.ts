import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { castsIn, castsOf } from '#test/support/casts.ts';

const LOCAL_CLOUD = join(import.meta.dirname, '..', '..', '..', 'infra', 'local');

it('the local cloud has no casts: readers and type guards check a value where it becomes a type', () => {
  const casts = castsOf(LOCAL_CLOUD);
  assert.ok(casts.size > 50);
  assert.deepEqual(
    [...casts].filter(([, lines]) => lines.length > 0),
    [],
  );
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
  assert.deepEqual(castsIn(text), [8, 8, 9]);
});
