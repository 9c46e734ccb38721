import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OWN_CDK, type RunCdk, runCdkOf } from '#infra/account/cdk.ts';
import { deploy } from '#infra/account/deploy.ts';
import { compileCache } from '#infra/local/processes/compile-cache.ts';
import { ran } from '#test/support/account-commands.ts';
import { cdkAnswers } from '#test/support/cdk-answers.ts';
import { deployedAccount, healthyAccount, shownStack } from '#test/support/healthy-account.ts';
import { actionsOf, listedActions } from '#test/support/permissions.ts';
import { type Answers, type RecordedAccount, startRecordedAccount } from '#test/support/recorded-account.ts';

/** Answers to the calls of the CDK, about a stack whose outputs name these clients. */
const deployingAnswers = (machineClients: string): Answers => ({
  ...cdkAnswers(new Set(['counterfoil-dev'])),
  'cloudformation DescribeStacks': { Stacks: [shownStack({ machineClients })] },
});

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

  it('keeps the machine clients when the real CDK deploys', async () => {
    Object.assign(account.answers, deployedAccount(), deployingAnswers('acme1,globex1'));
    // Without this setting, the CDK would download its notices.
    writeFileSync(join(folder, '.cdk.json'), JSON.stringify({ notices: false }));
    const keys = { AWS_ENDPOINT_URL: account.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    const runCdk: RunCdk = (args, environment) => runCdkOf(OWN_CDK, 'ignore')(args, { ...environment, ...keys });
    // The linters have their own test, and take most of the time of a synthesis.
    const quiet = { CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_VALIDATION: 'false', ...compileCache() };
    const environment = { PATH: process.env.PATH, HOME: folder, ...quiet };
    const { code, refused } = await ran(
      (given, context) => deploy(given, context, { runCdk, lookUp: noRecords, assembly: join(folder, 'cdk.out') }),
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
    const own = account.calls.filter(({ accessKeyId }) => accessKeyId !== 'role').map(({ operation }) => operation);
    const listed = listedActions().get('deploy') ?? [];
    assert.deepEqual(
      actionsOf(own).filter((action) => !listed.includes(action)),
      [],
      'what the CDK and we ask for with the credentials of a person',
    );
    assert.ok(own.includes('sts AssumeRole'));
    assert.ok(existsSync(join(folder, 'outputs', 'dev.outputs.json')));
  });
});
