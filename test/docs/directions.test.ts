import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { read } from './pages.ts';

/**
 * CONTRIBUTING lists the directions between the concepts, and biome.json enforces them. Both say the same, and every
 * folder of `shared` is in one of the tables.
 */

/** The concepts that each concept uses, by CONTRIBUTING's table. */
const DOCUMENTED = new Map(
  (read('CONTRIBUTING.md').split('| concept | what it is | uses |')[1] ?? '')
    .split('\n\n')[0]
    ?.split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => Array.from(cell.matchAll(/`([a-z-]+)`/g), ([, name = '']) => name)))
    .map(([, concept, , uses]) => [concept?.[0] ?? '', uses ?? []] as const),
);

type Override = {
  includes: string[];
  linter: { rules: { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } } };
};

/** The folders of `shared` that the files of a folder may import, by biome.json. */
function permittedIn(folder: string): string[] {
  const { overrides } = JSON.parse(read('biome.json')) as { overrides: Override[] };
  const rules = overrides.find(({ includes }) => includes.includes(`shared/${folder}/**`))?.linter.rules;
  const group = rules?.style?.noRestrictedImports?.options.patterns[0]?.group ?? [];
  return group.flatMap((pattern) => /^!#shared\/([a-z-]+)$/.exec(pattern)?.[1] ?? []);
}

const PLATFORM = ['messaging', 'money', 'once', 'http'];
const COMPOSED = ['adapters', 'api'];

describe('directions between the folders of shared', () => {
  it('every concept may import what CONTRIBUTING lists, and nothing else', () => {
    const enforced = [...DOCUMENTED.keys()].map((concept) => [
      concept,
      permittedIn(concept)
        .filter((name) => name !== concept && !PLATFORM.includes(name))
        .sort(),
    ]);
    assert.deepEqual(
      enforced,
      [...DOCUMENTED].map(([concept, uses]) => [concept, [...uses].sort()]),
    );
  });

  it('concepts use only concepts that need no concept of a later level', () => {
    const settled = new Set<string>();
    const open = new Map(DOCUMENTED);
    while (open.size > 0) {
      const next = [...open].filter(([, uses]) => uses.every((name) => settled.has(name)));
      assert.ok(next.length > 0, `a circle of concepts: ${[...open.keys()].join(', ')}`);
      for (const [concept] of next) {
        settled.add(concept);
        open.delete(concept);
      }
    }
  });

  it('every folder of shared is the platform, a concept of the table, or puts them together', () => {
    const folders = readdirSync(join(import.meta.dirname, '..', '..', 'shared'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
    assert.deepEqual(folders, [...PLATFORM, ...COMPOSED, ...DOCUMENTED.keys()].sort());
  });
});
