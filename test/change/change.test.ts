import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FILES } from '../docs/pages.ts';

/**
 * Changes that have to stay cheap. Each is a patch, as a developer would make the change. It is applied to a copy of this
 * project, checked there, counted, and removed again. The e-book reader is removed as CONTRIBUTING says.
 */

const root = join(import.meta.dirname, '..', '..');
const CHANGES = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.patch'))
  .map((file) => basename(file, '.patch'))
  .sort();

/**
 * The suites whose lists and rules a change could break. The tests that a change adds are run as well. All others of
 * `npm test` look neither at the routes, nor at the stack and its functions, nor at the pages.
 */
const AFFECTED: Record<string, string[]> = {
  'ship-order': [
    'test/unit/{order/decider,api/openapi,api/asyncapi}.test.ts',
    'test/contract/{stored-shapes,versions}.test.ts',
    'test/infra/{edges,inventory}.test.ts',
    'test/docs/{claims,http-api}.test.ts',
  ],
  'sms-provider': [
    'test/infra/{bundles,statements,template,text-gateways,text-messages}.test.ts',
    'test/docs/{claims,directions}.test.ts',
  ],
  subscriber: [
    'test/infra/{alarms,bundles,cost,numbers,pinned,reader,registered,statements,template}.test.ts',
    'test/docs/{claims,directions}.test.ts',
  ],
};

/** The same for the removal of the e-book reader. */
const AFFECTED_BY_REMOVAL = [
  'test/infra/{alarms,bundles,cost,edges,inventory,numbers,pinned,registered,statements,template}.test.ts',
  'test/contract/{stored-shapes,versions}.test.ts',
  'test/docs/{claims,directions,http-api,sizes}.test.ts',
];

/** Where the files of a change may be, besides tests and pages. A file outside is not part of the change. */
const OWN: Record<string, RegExp> = {
  'ship-order': /^shared\/order\/|^shared\/fallback\/fallback-texts\.ts$/,
  'sms-provider': /^shared\/adapters\/aws\/providers\/sns-elsewhere\/|^infra\/stages\.ts$/,
  subscriber: /^functions\/count-orders\/|^infra\/domains\.ts$/,
};

/** A line that registers something has no context, so its patch does not depend on what else is registered. */
const APPLY = ['apply', '--whitespace=nowarn', '--unidiff-zero'];

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
    // A clone with the history that pages refer to, but with the files as they are here.
    execFileSync('git', ['clone', '-q', '--shared', '--no-checkout', root, copy]);
    for (const file of FILES.filter((path) => existsSync(join(root, path)))) cpSync(join(root, file), join(copy, file));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, '.git', 'info', 'exclude'), 'node_modules\n');
    run('git', 'add', '-A');
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
      run('git', ...APPLY, patch);
      run('tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', join(copy, '..', 'types'), '-p', '.');
      const sources = touched.map(({ path }) => path).filter((path) => path.endsWith('.ts'));
      run('biome', 'ci', '--error-on-warnings', ...sources);
      run('knip', '--no-progress');
      const added = touched.filter(({ path, isNew }) => isNew && path.endsWith('.test.ts')).map(({ path }) => path);
      run('node', '--test', '--test-concurrency=2', ...added, ...(AFFECTED[change] ?? []));

      run('git', ...APPLY, '-R', patch);
      assert.deepEqual(sourcesIn(copy), earlier);
    });
  }

  const isRemoved = !existsSync(join(root, 'functions/reader')) && 'The reader is removed already.';
  it('removes the e-book reader with the commands of CONTRIBUTING, and everything still passes', {
    skip: isRemoved,
  }, () => {
    const commands = /^### Remove the e-book reader\n[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(CONTRIBUTING)?.[1];
    run('sh', '-ec', commands ?? assert.fail('CONTRIBUTING does not say how.'));
    for (const word of ['functions/reader', 'page-accesses', 'docs/tutorial/README'])
      assert.deepEqual(leftovers(word), [], word);
    run('tsc', '--noEmit', '-p', '.');
    run('biome', 'ci', '--error-on-warnings', '.');
    run('knip', '--no-progress');
    run('node', '--test', '--test-concurrency=2', ...AFFECTED_BY_REMOVAL);
    run('node', '--test', '--test-name-pattern=are run, or listed', 'test/docs/requests.test.ts');
  });

  /** Files of the copy that contain the text. Decisions, these tests and the tests of generic routes may name anything. */
  function leftovers(text: string): string[] {
    const mayName = /^(docs\/adr|test\/change|test\/unit\/(http|local))\//;
    return Array.from(sourcesIn(copy), ([path, content]) => (content.includes(text) ? [relative(copy, path)] : []))
      .flat()
      .filter((path) => !mayName.test(path));
  }

  it('is described for each patch, and for no other', () => assert.deepEqual([...DOCUMENTED.keys()].sort(), CHANGES));
});

const CONTRIBUTING = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The rows of CONTRIBUTING's table, by the name of the patch. */
const DOCUMENTED = new Map(
  Array.from(
    CONTRIBUTING.matchAll(/^\| \[`([a-z-]+)`\]\([^)]*\.patch\) \|[^|]*\| (.*) \|$/gm),
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
    (entry) => entry.isFile() && !/node_modules|\.local|\.git\b/.test(entry.parentPath),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}
