import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

/**
 * Changes that have to stay cheap. Each is a patch, as a developer would make the change. It is applied to a copy of this
 * project, checked there, counted, and removed again.
 */

const root = join(import.meta.dirname, '..', '..');
const CHANGES = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.patch'))
  .map((file) => basename(file, '.patch'))
  .sort();

/** Tests that prove the change itself. The tests that a change adds are run as well. */
const ALSO_RUN: Record<string, string[]> = {
  'cancel-order': ['test/unit/order/decider.test.ts', 'test/unit/api/openapi.test.ts'],
};

/** Where the files of a change may be, besides tests and pages. A file outside is not part of the change. */
const OWN: Record<string, RegExp> = {
  'cancel-order': /^shared\/order\//,
  'sms-provider': /^shared\/adapters\/aws\/providers\/sns-elsewhere\/|^infra\/(text-gateways|stages)\.ts$/,
  subscriber: /^functions\/count-orders\/|^infra\/stack\.ts$/,
};

/** Not part of the project's sources, or too large to copy. */
const LEFT_OUT = new Set(['node_modules', '.git', '.local', '.counterfoil', 'cdk.out']);

type Touched = { path: string; added: number; removed: number; isNew: boolean };

describe('a change of the project', () => {
  const copy = join(mkdtempSync(join(tmpdir(), 'counterfoil-change-')), 'copy');
  const environment = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    // Otherwise Node takes the started tests for a part of this one, and runs none of them.
    NODE_TEST_CONTEXT: undefined,
  };
  const run = (command: string, ...parameters: string[]): string => {
    try {
      return execFileSync(command, parameters, { cwd: copy, env: environment, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new assert.AssertionError({ message: `${command} ${parameters.join(' ')}\n${stdout}${stderr}` });
    }
  };
  before(() => {
    cpSync(root, copy, { recursive: true, filter: (path) => path === root || !LEFT_OUT.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rmSync(join(copy, '..'), { recursive: true, force: true }));

  for (const change of CHANGES) {
    it(`${change} takes what CONTRIBUTING lists, works, and can be removed`, () => {
      const patch = join(import.meta.dirname, `${change}.patch`);
      const touched = touchedBy(readFileSync(patch, 'utf8'));
      const product = touched.filter(({ path }) => !/^(test|docs)\//.test(path));
      assert.deepEqual(
        product.map(({ path }) => path).filter((path) => !OWN[change]?.test(path)),
        [],
      );
      assert.equal(DOCUMENTED.get(change), rowOf(product, touched));

      const earlier = sourcesIn(copy);
      run('git', 'apply', '--whitespace=nowarn', patch);
      run('tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', join(copy, '..', 'types'), '-p', '.');
      const sources = touched.map(({ path }) => path).filter((path) => path.endsWith('.ts'));
      run('biome', 'ci', '--error-on-warnings', ...sources);
      const added = touched.filter(({ path, isNew }) => isNew && path.endsWith('.test.ts')).map(({ path }) => path);
      run('node', '--test', ...added, ...(ALSO_RUN[change] ?? []));

      run('git', 'apply', '-R', '--whitespace=nowarn', patch);
      assert.deepEqual(sourcesIn(copy), earlier);
    });
  }

  it('is described for each patch, and for no other', () => assert.deepEqual([...DOCUMENTED.keys()].sort(), CHANGES));
});

/** The rows of CONTRIBUTING's table, by the name of the patch. */
const DOCUMENTED = new Map(
  Array.from(
    readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(
      /^\| \[`([a-z-]+)`\]\([^)]*\.patch\) \|[^|]*\| (.*) \|$/gm,
    ),
    ([, change = '', figures = '']) => [change, figures] as const,
  ),
);

/** The figures of a row: new files and their lines, changed files and their lines, lines of tests and pages. */
function rowOf(product: Touched[], touched: Touched[]): string {
  const sum = (files: Touched[], what: 'added' | 'removed') => files.reduce((total, file) => total + file[what], 0);
  const [added, changed] = [product.filter(({ isNew }) => isNew), product.filter(({ isNew }) => !isNew)];
  const beside = touched.filter((file) => !product.includes(file) && !file.path.includes('/approved/'));
  return [
    added.length,
    sum(added, 'added'),
    changed.length,
    `+${sum(changed, 'added')} −${sum(changed, 'removed')}`,
    `+${sum(beside, 'added')} −${sum(beside, 'removed')}`,
  ].join(' | ');
}

/** The files of a patch, with the lines that it adds and removes. */
function touchedBy(patch: string): Touched[] {
  return patch
    .split(/^diff --git a\/.* b\//m)
    .slice(1)
    .map((text) => ({
      path: text.slice(0, text.indexOf('\n')),
      added: text.match(/^\+(?!\+\+ )/gm)?.length ?? 0,
      removed: text.match(/^-(?!-- )/gm)?.length ?? 0,
      isNew: /^new file mode/m.test(text),
    }));
}

/** The contents of all files of the copy, by path. */
function sourcesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/node_modules|\.local/.test(entry.parentPath),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}
