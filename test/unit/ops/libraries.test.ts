import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');
/** Libraries that only the command line of operators uses. */
const LIBRARIES = ['commander', '@commander-js/extra-typings', '@bomb.sh/tab', 'table', 'log-update'];

describe('the libraries of the command line', () => {
  it('are imported by nothing that a function contains', () => {
    const imported = globSync('{shared,functions,infra}/**/*.ts', { cwd: root }).flatMap((file) =>
      Array.from(readFileSync(join(root, file), 'utf8').matchAll(/from '([^'.#][^']*)'/g), ([, name = '']) => ({
        file,
        name,
      })),
    );
    const used = imported.filter(({ name }) =>
      LIBRARIES.some((library) => name === library || name.startsWith(`${library}/`)),
    );
    assert.ok(used.length > 0);
    assert.deepEqual(
      used.filter(({ file }) => !file.startsWith('infra/ops/')),
      [],
    );
  });
});
