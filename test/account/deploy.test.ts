import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCdkOf } from '#infra/account/cdk.ts';
import { deploy } from '#infra/account/deploy.ts';
import { compileCache } from '#infra/local/processes/compile-cache.ts';
import type { StageSettings } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { inProduction, noRecords, ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { accountForEach } from '#test/support/account-for-each.ts';
import {
  ACCOUNT,
  deployedAccount,
  healthyAccount,
  OTHER_ACCOUNT,
  shownStack,
  stackOutputs,
} from '#test/support/healthy-account.ts';
import { type Answers, AwsFault } from '#test/support/recorded-account.ts';

/** A change set with these changes, in two pages. */
const changing = (changes: object[]): Answers => ({
  'cloudformation DescribeChangeSet': ({ NextToken }) => {
    const half = Math.ceil(changes.length / 2);
    const page = NextToken === 'second' ? changes.slice(half) : changes.slice(0, half);
    return {
      Status: 'CREATE_COMPLETE',
      Changes: page.map((ResourceChange) => ({ Type: 'Resource', ResourceChange })),
      ...(NextToken === undefined && { NextToken: 'second' }),
    };
  },
});

describe('npm run deploy', () => {
  const here = accountForEach();
  const cdkCallFile = () => join(here.folder, 'cdk-call.json');

  /** Runs the command with an executable that records its calls instead of the CDK. */
  const run = (
    args: string[],
    { exitCode = 0, settings = ownSettings(), answers = {} as Answers, environment = {} } = {},
  ): Promise<Ran> => {
    Object.assign(here.account.answers, answers);
    const cdk = join(here.folder, 'cdk');
    writeFileSync(
      cdk,
      [
        `#!${process.execPath}`,
        `require('node:fs').appendFileSync(${JSON.stringify(cdkCallFile())}, JSON.stringify({ args: process.argv.slice(2), region: process.env.AWS_REGION, profile: process.env.AWS_PROFILE }) + '\\n');`,
        `process.exit(${exitCode});`,
      ].join('\n'),
    );
    chmodSync(cdk, 0o700);
    const command = (given: string[], context: Parameters<typeof deploy>[1]) =>
      deploy(given, context, { runCdk: runCdkOf([cdk]), lookUp: noRecords });
    return ran(command, args, { account: here.account, settings, folder: join(here.folder, 'outputs'), environment });
  };
  const cdkCalls = (): { args: string[]; region: string; profile: string }[] =>
    readFileSync(cdkCallFile(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const cdkCall = () => {
    const [call, ...others] = cdkCalls();
    assert.deepEqual(others, []);
    return call ?? assert.fail();
  };
  /** The stage exists once the CDK has run. */
  const appearing: Answers = {
    'cloudformation DescribeStacks': () =>
      existsSync(cdkCallFile())
        ? { Stacks: [shownStack()] }
        : new AwsFault('ValidationError', 'Stack with id counterfoil-dev does not exist'),
  };

  it('deploys, writes the outputs, and prints the next steps', async () => {
    const { code, printed, refused } = await run(['--stage', 'dev'], {
      answers: appearing,
      environment: { AWS_PROFILE: 'shop' },
    });
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    assert.deepEqual(cdkCall(), {
      args: ['deploy', 'counterfoil-dev', '--context', 'stage=dev', '--output', 'cdk.out', '--previous-parameters'],
      region: 'eu-central-1',
      profile: 'shop',
    });
    const file = join(here.folder, 'outputs', 'dev.outputs.json');
    const { apiUrl, ...outputs } = stackOutputs();
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      ...outputs,
      apiUrl,
      region: 'eu-central-1',
      consoleUrl: apiUrl,
      endpoints: {},
      tokens: {},
    });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const lines = printed.join('\n');
    assert.match(lines, new RegExp(`counterfoil-dev to account ${ACCOUNT}, eu-central-1`));
    assert.match(lines, /token1\._domainkey\.shop\.test CNAME token1\.dkim\.amazonses\.com/);
    assert.match(lines, /npm run doctor -- --stage dev/);
    assert.match(lines, /npm run smoke -- --stage dev/);
    assert.match(lines, /npm run tenants -- --stage dev add <tenant> --client/);
  });

  it('passes the approval option to the CDK', async () => {
    await run(['--stage', 'dev', '--require-approval', 'never'], { answers: appearing });
    assert.deepEqual(cdkCall().args.slice(-2), ['--require-approval', 'never']);
  });

  it('leaves out the canary once if told to', async () => {
    await run(['--stage', 'dev', '--all-at-once'], { answers: appearing });
    assert.deepEqual(cdkCall().args.slice(2, 6), ['--context', 'stage=dev', '--context', 'all-at-once=true']);
  });

  it('refuses every placeholder in the settings before any call', async () => {
    const { code, refused } = await run(['--stage', 'prod'], { settings: settingsOf('prod') });
    assert.equal(code, 1);
    assert.equal(refused.length, 5);
    for (const path of ['account', 'alarms.addresses.0', 'email.sender', 'email.identity', 'sms.originationIdentity']) {
      assert.ok(
        refused.some((fault) => fault.startsWith(path)),
        path,
      );
    }
    assert.deepEqual([here.account.calls, existsSync(cdkCallFile())], [[], false]);
  });

  it('refuses a deployment that would fail, with every reason, and does not start the CDK', async () => {
    const { 'ses GetAccount': email } = healthyAccount();
    const { code, refused } = await run(['--stage', 'dev'], {
      settings: ownSettings(inProduction),
      answers: {
        ...deployedAccount(),
        'ssm GetParameter': new AwsFault('ParameterNotFound'),
        'cloudformation DescribeStacks': { Stacks: [shownStack({ status: 'UPDATE_IN_PROGRESS' })] },
        'ses GetAccount': { ...email, ProductionAccessEnabled: false, SendingEnabled: false },
      },
    });
    assert.equal(code, 1);
    assert.equal(refused.length, 3);
    assert.match(refused.join('\n'), /bootstrap[\s\S]*UPDATE_IN_PROGRESS[\s\S]*e-mail sandbox/);
    assert.equal(existsSync(cdkCallFile()), false);
  });

  it('deploys despite findings that only block mail', async () => {
    const unverified = { VerifiedForSendingStatus: false, DkimAttributes: { Status: 'PENDING', Tokens: ['t1'] } };
    const { code } = await run(['--stage', 'dev'], {
      answers: { ...deployedAccount(), ...changing([]), 'ses GetEmailIdentity': unverified },
    });
    assert.equal(code, 0);
  });

  describe('of a stage that is already deployed', () => {
    const DEPLOYED = { ...deployedAccount(), 'cloudformation DeleteChangeSet': {} };
    const replaced = (LogicalResourceId: string, ResourceType: string, more: object = { Replacement: 'True' }) => ({
      Action: 'Modify',
      LogicalResourceId,
      ResourceType,
      ...more,
    });
    const EVENTS = replaced('mailevents9ACC0464', 'AWS::SNS::Topic');
    const deploying = (changes: object[], ...args: string[]) =>
      run(['--stage', 'dev', ...args], { answers: { ...DEPLOYED, ...changing(changes) } });
    const methods = () => cdkCalls().map(({ args }) => args[args.indexOf('--method') + 1]);
    const deleted = () =>
      here.account.calls
        .filter(({ operation }) => operation === 'cloudformation DeleteChangeSet')
        .map(({ input }) => input);

    it('prepares a change set, and has the CDK execute it with the requested approval', async () => {
      const { code, refused } = await deploying(
        [replaced('handlecommandfunction7A52EDDE', 'AWS::Lambda::Function', { Replacement: 'False' })],
        '--require-approval',
        'any-change',
      );
      assert.deepEqual({ code, refused }, { code: 0, refused: [] });
      const [first, second, ...others] = cdkCalls().map(({ args }) => args);
      const name = first?.[first.indexOf('--change-set-name') + 1] ?? assert.fail();
      const named = ['--change-set-name', name];
      assert.deepEqual(first, [
        ...['deploy', 'counterfoil-dev', '--context', 'stage=dev', '--output', 'cdk.out', '--previous-parameters'],
        ...['--method', 'prepare-change-set', ...named, '--require-approval', 'never'],
      ]);
      assert.deepEqual(second, [
        ...['deploy', 'counterfoil-dev', '--app', 'cdk.out', '--method', 'execute-change-set', ...named],
        ...['--require-approval', 'any-change'],
      ]);
      assert.deepEqual(others, []);
      const described = here.account.calls.filter(({ operation }) => operation === 'cloudformation DescribeChangeSet');
      assert.deepEqual(
        described.map(({ input }) => input),
        [
          { StackName: 'counterfoil-dev', ChangeSetName: name },
          { StackName: 'counterfoil-dev', ChangeSetName: name, NextToken: 'second' },
        ],
      );
      assert.deepEqual(deleted(), []);
    });

    it('refuses to replace or remove any resource that holds state or evidence, and executes nothing', async () => {
      const { code, refused } = await deploying([
        EVENTS,
        replaced('table8235A42E', 'AWS::DynamoDB::GlobalTable', { Replacement: 'Conditional' }),
        replaced('mailconfigurationsetOLD', 'AWS::SES::ConfigurationSet', { Action: 'Remove' }),
        replaced('wakeduefunctionE86295E3', 'AWS::Lambda::Function'),
      ]);
      assert.equal(code, 1);
      assert.equal(refused.length, 4);
      assert.match(
        refused[0] ?? '',
        /^This would replace mailevents9ACC0464 \(AWS::SNS::Topic\)\. It holds the way of evi/,
      );
      assert.match(refused[1] ?? '', /^This would perhaps replace table8235A42E .* all rows\./);
      assert.match(refused[2] ?? '', /^This would remove mailconfigurationsetOLD .* resend\.$/);
      assert.match(refused[3] ?? '', /^Nothing was changed\..* docs\/how-to\/upgrade\.md/);
      assert.deepEqual(methods(), ['prepare-change-set']);
      assert.equal(deleted().length, 1);
      assert.equal(existsSync(join(here.folder, 'outputs')), false);
    });

    it('replaces only the resources that --replace names', async () => {
      const both = [EVENTS, replaced('topic69831491', 'AWS::SNS::Topic')];
      const one = await deploying(both, '--replace', 'mailevents9ACC0464');
      assert.equal(one.code, 1);
      assert.match(one.refused[0] ?? '', /^This would replace topic69831491/);
      rmSync(cdkCallFile());
      const all = await deploying(both, '--replace', 'mailevents9ACC0464', '--replace', 'topic69831491');
      assert.deepEqual([all.code, all.refused], [0, []]);
      assert.match(all.printed.join('\n'), /topic69831491 will be replaced or removed, because --replace names it/);
      assert.deepEqual(methods(), ['prepare-change-set', 'execute-change-set']);
    });

    it('refuses a --replace for a resource that this change does not replace', async () => {
      const { code, refused } = await deploying([], '--replace', 'table8235A42E');
      assert.equal(code, 1);
      assert.match(refused.join(), /^--replace table8235A42E: this change does not replace it/);
    });

    it('accepts the removal of the stack’s own table if a restored table replaces it, but not its replacement', async () => {
      const adoptedTable = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/counterfoil-dev-table/stream/2026-11-21T09:12:44.137`;
      const settings = ownSettings((dev) => ({ ...dev, removal: 'retain', adoptedTable }));
      const table = (more: object) => replaced('table8235A42E', 'AWS::DynamoDB::GlobalTable', more);
      const going = { ...DEPLOYED, ...changing([table({ Action: 'Remove' })]) };
      assert.deepEqual((await run(['--stage', 'dev'], { settings, answers: going })).refused, []);
      const { refused } = await run(['--stage', 'dev'], {
        settings,
        answers: { ...DEPLOYED, ...changing([table({ Replacement: 'True' })]) },
      });
      assert.match(refused.join(), /would replace table8235A42E/);
    });

    it('executes nothing if nothing has changed, and still writes the outputs', async () => {
      const nothing = {
        Status: 'FAILED',
        StatusReason:
          "The submitted information didn't contain changes. Submit different information to create a change set.",
      };
      const answers = { ...DEPLOYED, 'cloudformation DescribeChangeSet': nothing };
      const { code, printed } = await run(['--stage', 'dev'], { answers });
      assert.equal(code, 0);
      assert.match(printed.join('\n'), /counterfoil-dev has no changes/);
      assert.deepEqual([methods(), deleted().length], [['prepare-change-set'], 1]);
      assert.ok(existsSync(join(here.folder, 'outputs', 'dev.outputs.json')));
    });

    it('creates a stack again if its first creation failed', async () => {
      const stack = shownStack({ status: 'ROLLBACK_COMPLETE' });
      await run(['--stage', 'dev'], {
        answers: {
          ...DEPLOYED,
          'cloudformation DescribeStacks': () => ({ Stacks: [existsSync(cdkCallFile()) ? shownStack() : stack] }),
        },
      });
      assert.deepEqual(cdkCall().args.includes('--method'), false);
    });
  });

  it('refuses credentials of another account, and does not start the CDK', async () => {
    const settings = ownSettings((dev) => ({ ...dev, account: OTHER_ACCOUNT }));
    // The placeholder account would be refused before that.
    assert.match((await run(['--stage', 'dev'], { settings })).refused.join(), /^account is still the example’s/);
    const elsewhere = ownSettings((dev) => ({ ...dev, account: '210987654321' }));
    const { code, refused } = await run(['--stage', 'dev'], { settings: elsewhere });
    assert.equal(code, 1);
    assert.match(
      refused.join(),
      new RegExp(`^Stage dev belongs to account 210987654321; these credentials are of account ${ACCOUNT}\\. Use cred`),
    );
    assert.deepEqual(here.account.operations(), ['sts GetCallerIdentity']);
    assert.equal(existsSync(cdkCallFile()), false);
  });

  it('returns exit code 1 when the CDK fails, and writes no outputs', async () => {
    const { code, refused } = await run(['--stage', 'dev'], { exitCode: 3, answers: appearing });
    assert.equal(code, 1);
    assert.match(refused.join(), /cdk deploy ended with exit code 3/);
    assert.equal(existsSync(join(here.folder, 'outputs')), false);
  });

  it('reports a deployed stack without outputs', async () => {
    const { code, refused } = await run(['--stage', 'dev'], {
      answers: {
        'cloudformation DescribeStacks': () =>
          existsSync(cdkCallFile())
            ? { Stacks: [{ StackName: 'counterfoil-dev', StackStatus: 'UPDATE_COMPLETE' }] }
            : new AwsFault('ValidationError', 'does not exist'),
      },
    });
    assert.equal(code, 1);
    assert.match(refused.join(), /has no stage outputs/);
  });

  it('deploys to the region of the environment if the settings name none', async () => {
    const withoutRegion = (settings: StageSettings): StageSettings => ({ ...settings, region: undefined });
    await run(['--stage', 'dev'], { answers: appearing, settings: ownSettings(withoutRegion) });
    assert.equal(cdkCall().region, 'eu-central-1');
  });

  it('refuses an unknown stage and placeholders with exit code 1 when it runs as a process', () => {
    const main = join(import.meta.dirname, '..', '..', 'infra', 'account', 'deploy.ts');
    const environment = { PATH: process.env.PATH, AWS_ENDPOINT_URL: here.account.url, ...compileCache() };
    const started = (...args: string[]) =>
      spawnSync(process.execPath, [main, ...args], { env: environment, encoding: 'utf8' });
    const unknown = started('--stage', 'nope');
    assert.equal(unknown.status, 1);
    assert.equal(
      unknown.stderr,
      'Stage "nope" does not exist. The stages in infra/stages.ts are: local, local-sendgrid, dev, staging, prod.\n',
    );
    const example = started('--stage', 'dev');
    assert.equal(example.status, 1);
    assert.match(
      example.stderr,
      /^email\.sender is still the example’s .*\nemail\.identity is still the example’s .*\n$/,
    );
    assert.deepEqual(here.account.calls, []);
  });
});
