import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';

const LOCAL_CLOUD = join(import.meta.dirname, '..', '..', '..', 'infra', 'local');

/** The folder of a file, relative to `infra/local`; `.` for the files beside the folders. */
const folderOf = (file: string): string => relative(LOCAL_CLOUD, dirname(file)) || '.';

/** The other folders of the local cloud that each of its folders imports from. Imports of types count too. */
function importsByFolder(): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of globSync(join(LOCAL_CLOUD, '**', '*.ts'))) {
    const folder = folderOf(file);
    const found = imports.get(folder) ?? new Set();
    imports.set(folder, found);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const target = folderOf(join(dirname(file), specifier));
      if (target !== folder && !target.startsWith('..')) found.add(target);
    }
  }
  return imports;
}

/** A cycle of folders, if there is one. */
function cycleIn(imports: Map<string, Set<string>>, path: string[] = []): string[] | undefined {
  const last = path.at(-1);
  if (last !== undefined && path.indexOf(last) < path.length - 1) return path.slice(path.indexOf(last));
  const next = last === undefined ? [...imports.keys()] : [...(imports.get(last) ?? [])];
  return next.map((folder) => cycleIn(imports, [...path, folder])).find((cycle) => cycle !== undefined);
}

/** The list of permitted imports in the README, in its order. */
function documentedImports(): [folder: string, imports: string[]][] {
  const readme = readFileSync(join(LOCAL_CLOUD, 'README.md'), 'utf8');
  return [...readme.matchAll(/^- `([\w./-]+)` imports (.+)$/gm)].map(([, folder = '', list = '']) => [
    folder,
    [...list.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name),
  ]);
}

describe('The folders of the local cloud', () => {
  it('have no import cycle', () => {
    assert.equal(cycleIn(importsByFolder())?.join(' → '), undefined);
  });

  it('a cycle is found, also over several folders', () => {
    const imports = { a: ['b'], b: ['c'], c: ['d', 'b'], d: [] };
    const cycle = cycleIn(new Map(Object.entries(imports).map(([folder, others]) => [folder, new Set(others)])));
    assert.deepEqual(cycle, ['b', 'c', 'b']);
  });

  it('import the folders that the README lists, each of which is listed before', () => {
    const documented = documentedImports();
    const actual = [...importsByFolder()].map(([folder, imports]) => [folder, [...imports].sort()]);
    assert.deepEqual(
      Object.fromEntries(documented.map(([folder, imports]) => [folder, [...imports].sort()])),
      Object.fromEntries(actual),
    );
    const order = documented.map(([folder]) => folder);
    for (const [position, [folder, imports]] of documented.entries()) {
      const later = imports.filter((name) => order.indexOf(name) >= position);
      assert.deepEqual(later, [], `${folder} imports folders that are listed after it`);
    }
  });
});
