import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FUNCTION } from '#shared/names.ts';
import { resourcesOf, type Template } from '#test/support/template.ts';

const root = join(import.meta.dirname, '..', '..');
/** The same subscriber as in CONTRIBUTING. */
const PATCH = join(root, 'test', 'change', 'subscriber.patch');
const COPIED = [
  'console',
  'functions',
  'infra',
  'shared',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const STAGE = 'prod';
/** Runs in the copy, so that bundles and stack are made of its files. The linters change nothing in the template. */
const SYNTHESIZE = `import { synthesize } from './infra/synth.ts';
await synthesize({ stage: '${STAGE}', outdir: 'cdk.out', checks: false });`;

describe('adding a subscriber', () => {
  const copy = mkdtempSync(join(tmpdir(), 'counterfoil-subscriber-'));
  before(() => {
    for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
    // Without the cache, in which the copy would share bundles with this project.
    mkdirSync(join(copy, 'node_modules'));
    for (const name of readdirSync(join(root, 'node_modules')).filter((one) => one !== '.cache'))
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  const run = (command: string, ...parameters: string[]): void =>
    void execFileSync(command, parameters, { cwd: copy, stdio: 'pipe' });
  /** The code of each function, as deployed: its asset is named by the hash of the files in it. By logical id. */
  const assets = (): Map<string, string> => {
    run(process.execPath, '--input-type=module', '-e', SYNTHESIZE);
    const file = join(copy, 'cdk.out', `counterfoil-${STAGE}.template.json`);
    const template: Template = JSON.parse(readFileSync(file, 'utf8'));
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    return new Map(functions.map(([id, { Properties }]) => [id, JSON.stringify(Properties.Code)]));
  };
  const changed = (before: Map<string, string>, now: Map<string, string>): string[] =>
    [...before.keys()].filter((id) => before.get(id) !== now.get(id));
  it('changes the code of no other function, and a change of the orders’ code would be noticed', () => {
    const before = assets();
    assert.ok(before.size >= Object.keys(FUNCTION).length, [...before.keys()].join());
    for (const code of before.values()) assert.match(code, /[0-9a-f]{64}/);
    run('git', 'apply', '--unidiff-zero', '--exclude=test/*', PATCH);
    const withSubscriber = assets();
    const added = [...withSubscriber.keys()].filter((id) => !before.has(id));
    assert.match(added.join(), /^countorders[^,]*$/, 'one function');
    assert.deepEqual(changed(before, withSubscriber), []);

    const file = join(copy, 'shared', 'order', 'order.ts');
    const code = readFileSync(file, 'utf8');
    const otherCode = code.replace("'ORDER_LINE_LIMIT'", "'ANOTHER_CODE'");
    assert.notEqual(otherCode, code);
    writeFileSync(file, otherCode);
    const others = changed(withSubscriber, assets());
    assert.ok(
      others.some((id) => id.startsWith('handlecommand')),
      others.join(),
    );
    assert.ok(!others.includes(added[0] ?? ''), 'the subscriber does not contain the code of orders');
  });
});
