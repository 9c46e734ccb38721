import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deploy, OWN_CDK, type RunCdk, runCdkOf } from '#infra/account/deploy.ts';
import type { StageSettings } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { ACCOUNT, deployedAccount, healthyAccount, shownStack, stackTold } from '#test/support/healthy-account.ts';
import {
  type Answers,
  AwsFault,
  Document,
  type RecordedAccount,
  startRecordedAccount,
} from '#test/support/recorded-account.ts';

/** What the CDK asks for on its way: roles of the bootstrap, assets that are there already, a change set. */
function deployingAnswers(machineClients: string): Answers {
  let isMade = false;
  return {
    'sts AssumeRole': {
      Credentials: {
        AccessKeyId: 'test',
        SecretAccessKey: 'test',
        SessionToken: 'test',
        Expiration: '2099-01-01T00:00:00Z',
      },
      AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/test`, AssumedRoleId: 'test' },
    },
    's3 GetBucketLocation': new Document('<LocationConstraint>eu-central-1</LocationConstraint>'),
    's3 ListObjectsV2': ({ Prefix }) =>
      new Document(
        `<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>${Prefix}</Key><Size>1000</Size></Contents></ListBucketResult>`,
      ),
    'cloudformation DescribeStacks': { Stacks: [shownStack({ machineClients })] },
    'cloudformation GetTemplate': { TemplateBody: '{"Resources":{}}' },
    'cloudformation DeleteChangeSet': {},
    'cloudformation CreateChangeSet': () => {
      isMade = true;
      return { Id: 'arn:change-set', StackId: 'arn:stack' };
    },
    'cloudformation DescribeChangeSet': () =>
      isMade
        ? {
            ChangeSetId: 'arn:change-set',
            ChangeSetName: 'cdk-deploy-change-set',
            StackId: 'arn:stack',
            StackName: 'counterfoil-dev',
            Status: 'CREATE_COMPLETE',
            ExecutionStatus: 'AVAILABLE',
            Changes: [
              {
                Type: 'Resource',
                ResourceChange: { Action: 'Add', LogicalResourceId: 'topic', ResourceType: 'AWS::SNS::Topic' },
              },
            ],
          }
        : new AwsFault('ChangeSetNotFound'),
    'cloudformation ExecuteChangeSet': {},
    'cloudformation DescribeStackEvents': { StackEvents: [] },
  };
}

describe('npm run deploy', () => {
  let account: RecordedAccount;
  let folder: string;
  beforeEach(async () => {
    account = await startRecordedAccount(healthyAccount());
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-'));
  });
  afterEach(async () => {
    await account.close();
    rmSync(folder, { recursive: true });
  });

  const noRecords = () => Promise.reject(new Error('ENOTFOUND'));
  const said = () => join(folder, 'cdk-said.json');

  /** Runs it with an executable in place of the CDK's, which writes down how it was called. */
  const run = (
    args: string[],
    { exitCode = 0, settings = ownSettings(), answers = {} as Answers, environment = {} } = {},
  ): Promise<Ran> => {
    Object.assign(account.answers, answers);
    const cdk = join(folder, 'cdk');
    writeFileSync(
      cdk,
      [
        `#!${process.execPath}`,
        `require('node:fs').writeFileSync(${JSON.stringify(said())}, JSON.stringify({ args: process.argv.slice(2), region: process.env.AWS_REGION, profile: process.env.AWS_PROFILE }));`,
        `process.exit(${exitCode});`,
      ].join('\n'),
    );
    chmodSync(cdk, 0o700);
    const command = (given: string[], surroundings: Parameters<typeof deploy>[1]) =>
      deploy(given, surroundings, { runCdk: runCdkOf([cdk]), lookUp: noRecords });
    return ran(command, args, { account, settings, folder: join(folder, 'outputs'), environment });
  };
  const cdkSaid = () => JSON.parse(readFileSync(said(), 'utf8'));
  /** The stage is there once the CDK has run. */
  const appearing: Answers = {
    'cloudformation DescribeStacks': () =>
      existsSync(said())
        ? { Stacks: [shownStack()] }
        : new AwsFault('ValidationError', 'Stack with id counterfoil-dev does not exist'),
  };

  it('deploys, writes where everything is, and says what comes next', async () => {
    const { code, printed, refused } = await run(['--stage', 'dev'], {
      answers: appearing,
      environment: { AWS_PROFILE: 'shop' },
    });
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    assert.deepEqual(cdkSaid(), {
      args: ['deploy', 'counterfoil-dev', '--context', 'stage=dev', '--previous-parameters'],
      region: 'eu-central-1',
      profile: 'shop',
    });
    const file = join(folder, 'outputs', 'dev.outputs.json');
    const { apiUrl, ...told } = stackTold();
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      ...told,
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

  it('passes on which changes need approval', async () => {
    await run(['--stage', 'dev', '--require-approval', 'never'], { answers: appearing });
    assert.deepEqual(cdkSaid().args.slice(-2), ['--require-approval', 'never']);
  });

  it('refuses the example’s settings, every one of them, before anybody is asked', async () => {
    const { code, refused } = await run(['--stage', 'prod'], { settings: settingsOf('prod') });
    assert.equal(code, 1);
    assert.equal(refused.length, 4);
    for (const path of ['alarms.addresses.0', 'email.sender', 'email.identity', 'sms.originationIdentity']) {
      assert.ok(
        refused.some((fault) => fault.startsWith(path)),
        path,
      );
    }
    assert.deepEqual([account.calls, existsSync(said())], [[], false]);
  });

  it('refuses what would fail, every reason at once, and starts nothing', async () => {
    const { 'ses GetAccount': email } = healthyAccount();
    const { code, refused } = await run(['--stage', 'dev'], {
      settings: ownSettings((dev) => ({
        ...dev,
        production: true,
        removal: 'retain',
        logRetentionDays: 30,
        alarms: { addresses: ['operations@shop.test'] },
      })),
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
    assert.equal(existsSync(said()), false);
  });

  it('is not kept from deploying by what only keeps mail from leaving', async () => {
    const unverified = { VerifiedForSendingStatus: false, DkimAttributes: { Status: 'PENDING', Tokens: ['t1'] } };
    const { code } = await run(['--stage', 'dev'], {
      answers: { ...deployedAccount(), 'ses GetEmailIdentity': unverified },
    });
    assert.equal(code, 0);
  });

  it('ends with 1 when the CDK fails, and writes nothing', async () => {
    const { code, refused } = await run(['--stage', 'dev'], { exitCode: 3, answers: appearing });
    assert.equal(code, 1);
    assert.match(refused.join(), /cdk deploy ended with 3/);
    assert.equal(existsSync(join(folder, 'outputs')), false);
  });

  it('says so when the stack has no outputs after all', async () => {
    const { code, refused } = await run(['--stage', 'dev'], {
      answers: {
        'cloudformation DescribeStacks': () =>
          existsSync(said())
            ? { Stacks: [{ StackName: 'counterfoil-dev', StackStatus: 'UPDATE_COMPLETE' }] }
            : new AwsFault('ValidationError', 'does not exist'),
      },
    });
    assert.equal(code, 1);
    assert.match(refused.join(), /says nothing about itself/);
  });

  it('asks for the one region that stage and account agree on', async () => {
    const withoutRegion = (settings: StageSettings): StageSettings => ({ ...settings, region: undefined });
    await run(['--stage', 'dev'], { answers: appearing, settings: ownSettings(withoutRegion) });
    assert.equal(cdkSaid().region, 'eu-central-1');
  });

  it('is done by the real CDK, which keeps what is no template’s: the machine clients', async () => {
    Object.assign(account.answers, deployedAccount(), deployingAnswers('acme1,globex1'));
    // A home without notices, which would be fetched.
    writeFileSync(join(folder, '.cdk.json'), JSON.stringify({ notices: false }));
    const own = { AWS_ENDPOINT_URL: account.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    // Not into the project's cdk.out, which other processes may be using.
    const elsewhere = ['--output', join(folder, 'cdk.out')];
    const runCdk: RunCdk = (args, environment) =>
      runCdkOf(OWN_CDK, 'ignore')([...args, ...elsewhere], { ...environment, ...own });
    const environment = { PATH: process.env.PATH, HOME: folder, CDK_DISABLE_CLI_TELEMETRY: 'true' };
    const { code, refused } = await ran(
      (given, surroundings) => deploy(given, surroundings, { runCdk, lookUp: noRecords }),
      ['--stage', 'dev', '--require-approval', 'never'],
      { account, folder: join(folder, 'outputs'), environment },
    );
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    const { input } =
      account.calls.find(({ operation }) => operation === 'cloudformation CreateChangeSet') ?? assert.fail();
    assert.equal(input.StackName, 'counterfoil-dev');
    assert.deepEqual(input.Parameters, [
      { ParameterKey: 'MachineClients', UsePreviousValue: 'true' },
      { ParameterKey: 'BootstrapVersion', UsePreviousValue: 'true' },
    ]);
    assert.ok(account.operations().includes('cloudformation ExecuteChangeSet'));
    assert.ok(existsSync(join(folder, 'outputs', 'dev.outputs.json')));
  });

  it('is a command: it refuses a stage that does not exist, and the example’s settings, with exit code 1', () => {
    const main = join(import.meta.dirname, '..', '..', 'infra', 'account', 'deploy.ts');
    const environment = { PATH: process.env.PATH, AWS_ENDPOINT_URL: account.url };
    const started = (...args: string[]) =>
      spawnSync(process.execPath, [main, ...args], { env: environment, encoding: 'utf8' });
    const unknown = started('--stage', 'nope');
    assert.equal(unknown.status, 1);
    assert.equal(
      unknown.stderr,
      'Stage "nope" does not exist. The stages in infra/stages.ts are: local, dev, staging, prod.\n',
    );
    const example = started('--stage', 'dev');
    assert.equal(example.status, 1);
    assert.match(
      example.stderr,
      /^email\.sender is still the example’s .*\nemail\.identity is still the example’s .*\n$/,
    );
    assert.deepEqual(account.calls, []);
  });
});
