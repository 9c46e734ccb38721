import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { commandsOf } from '#test/support/guide.ts';
import { FILES, read } from '../docs/pages.ts';

/**
 * The tutorial, step by step, in a clean clone: its result has to be the product's own folder. `requests.test.ts` sends its
 * requests. `UPDATE_APPROVED=1 node --test test/guide/tutorial.test.ts` puts the product's files into the page.
 */
const PAGE = 'docs/tutorial/README.md';
const DOMAIN = 'functions/reader';
const FUNCTIONS = ['reader-api', 'reader-projection'];

const root = join(import.meta.dirname, '..', '..');

/** A file of the page: its path, and the block with its content. */
const STEP = /^`([\w./-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```$/gm;

if (process.env.UPDATE_APPROVED === '1') {
  const page = read(PAGE).replace(STEP, (_, path: string) => `\`${path}\`:\n\n\`\`\`ts\n${read(path)}\`\`\``);
  writeFileSync(join(root, PAGE), page);
}

/** Statements of imports, and lines that are blank or comments. */
const IMPORT = /^import [^;]*;$/gm;
const NO_CODE = /^\s*($|\/\/|\/\*\*|\*)/;

/** Bundles every function into a folder of the clone. Both folders have the same depth, so source maps can be equal. */
const BUNDLE = `
const { bundle } = await import('./infra/bundle.ts');
const { functionNames, handlerOf } = await import('./infra/functions.ts');
for (const name of functionNames()) await bundle(handlerOf(name), process.argv[1] + '/' + name);
`;

describe('the tutorial, in a clean clone', () => {
  const folder = temporaryFolder();
  const bin = join(root, 'node_modules', '.bin');
  const run = (command: string, ...options: string[]): string =>
    execFileSync(command, options, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter), NODE_TEST_CONTEXT: undefined },
    });
  const sections = commandsOf('tutorial/README.md');
  const type = (heading: string): void => {
    const section = sections.find((one) => one.heading === heading) ?? assert.fail(`There is no section ${heading}.`);
    for (const command of section.commands) run('sh', '-ec', command);
  };
  const hashes = (name: string): Map<string, string> => {
    // A folder that git and the linter ignore.
    const built = join(folder, '.local', name);
    run('node', '--input-type=module', '-e', BUNDLE, built);
    return new Map(readdirSync(built).map((one) => [one, hashOf(join(built, one))]));
  };
  let bundlesBefore: Map<string, string>;

  before(() => {
    for (const file of FILES) cpSync(join(root, file), join(folder, file));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    run('git', 'init', '-q');
    run('git', 'add', '-A');
    run('git', '-c', 'user.name=Reader', '-c', 'user.email=reader@example.com', 'commit', '-qm', 'The product');
  });
  after(() => removeFolder(folder));

  it('starts from a project without the domain, which has no fault', () => {
    type('Start without it');
    assert.equal(run('git', 'ls-files', DOMAIN), '');
    run('npm', 'run', 'types');
    run('npm', 'run', 'lint');
    run('npm', 'run', 'unused');
    bundlesBefore = hashes('without');
  });

  it('starts from a project whose tests of the stack, the handlers and the contracts pass without the domain', () => {
    run(
      'node',
      '--test',
      'test/infra/{alarms,inventory,edges,template,pinned,statements}.test.ts',
      'test/unit/once/*.test.ts',
    );
  });

  it('leads to the files of the product', () => {
    for (const [, path = '', content = ''] of read(PAGE).matchAll(STEP)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    type('Register it');
    const product = FILES.filter((file) => file.startsWith(`${DOMAIN}/`));
    assert.ok(product.length > 0);
    run('git', 'add', '-A', DOMAIN);
    assert.deepEqual(run('git', 'ls-files', DOMAIN).trim().split('\n'), product.toSorted());
    for (const file of [...product, 'infra/domains.ts'])
      assert.equal(readFileSync(join(folder, file), 'utf8'), read(file), `${file} is not as on the page`);
  });

  it('adds its functions, and changes the bundle of no other function', () => {
    const bundlesAfter = hashes('with');
    for (const name of FUNCTIONS) assert.ok(bundlesAfter.delete(name), name);
    assert.deepEqual(bundlesAfter, bundlesBefore);
  });
});

it('CONTRIBUTING has the figures of the domain', () => {
  const files = FILES.filter((file) => file.startsWith(`${DOMAIN}/`)).map(read);
  const code = files.flatMap((text) => text.replace(IMPORT, '').split('\n')).filter((line) => !NO_CODE.test(line));
  const beside = FILES.filter((file) => /^test\/.*\/reader[-.][^/]*\.ts$/.test(file) || file === PAGE).map(read);
  const linesOf = (texts: string[]) => texts.reduce((sum, text) => sum + text.trimEnd().split('\n').length, 0);
  const row = /^\| \[`reader`\].* (\d+) of its lines are code.*? \| (.*) \|$/m.exec(read('CONTRIBUTING.md'));
  assert.deepEqual(
    [Number(row?.[1]), row?.[2]],
    [code.length, `${files.length} | ${linesOf(files)} | 1 | +1 −0 | +${linesOf(beside)} −0`],
  );
});

/** The hash of all files of a folder, with their paths. */
function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}
