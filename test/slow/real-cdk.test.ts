import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OWN_CDK, type RunCdk, runCdkOf } from '#infra/account/cdk.ts';
import { deploy } from '#infra/account/deploy.ts';
import { compileCache } from '#infra/local/processes/compile-cache.ts';
import { noRecords, ran } from '#test/support/account-commands.ts';
import { accountForEach } from '#test/support/account-for-each.ts';
import { cdkAnswers } from '#test/support/cdk-answers.ts';
import { deployedAccount, shownStack } from '#test/support/healthy-account.ts';
import { actionsOf, listedActions } from '#test/support/permissions.ts';
import type { Answers } from '#test/support/recorded-account.ts';

/** Answers to the calls of the CDK, about a stack whose outputs name these clients. */
const deployingAnswers = (machineClients: string): Answers => ({
  ...cdkAnswers(new Set(['counterfoil-dev'])),
  'cloudformation DescribeStacks': { Stacks: [shownStack({ machineClients })] },
});

describe('npm run deploy', () => {
  const here = accountForEach();

  it('keeps the machine clients when the real CDK deploys', async () => {
    Object.assign(here.account.answers, deployedAccount(), deployingAnswers('acme1,globex1'));
    // Without this setting, the CDK would download its notices.
    writeFileSync(join(here.folder, '.cdk.json'), JSON.stringify({ notices: false }));
    const keys = { AWS_ENDPOINT_URL: here.account.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    const runCdk: RunCdk = (args, environment) => runCdkOf(OWN_CDK, 'ignore')(args, { ...environment, ...keys });
    // The linters have their own test, and take most of the time of a synthesis.
    const quiet = { CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_VALIDATION: 'false', ...compileCache() };
    const environment = { PATH: process.env.PATH, HOME: here.folder, ...quiet };
    const { code, refused } = await ran(
      (given, context) => deploy(given, context, { runCdk, lookUp: noRecords, assembly: join(here.folder, 'cdk.out') }),
      ['--stage', 'dev', '--require-approval', 'never'],
      { account: here.account, folder: join(here.folder, 'outputs'), environment },
    );
    assert.deepEqual({ code, refused }, { code: 0, refused: [] });
    const { input } =
      here.account.calls.find(({ operation }) => operation === 'cloudformation CreateChangeSet') ?? assert.fail();
    assert.equal(input.StackName, 'counterfoil-dev');
    assert.deepEqual(input.Parameters, [
      { ParameterKey: 'ConsoleOrigin', UsePreviousValue: 'true' },
      { ParameterKey: 'MachineClients', UsePreviousValue: 'true' },
      { ParameterKey: 'BootstrapVersion', UsePreviousValue: 'true' },
    ]);
    assert.ok(here.account.operations().includes('cloudformation ExecuteChangeSet'));
    const own = here.account.calls
      .filter(({ accessKeyId }) => accessKeyId !== 'role')
      .map(({ operation }) => operation);
    const listed = listedActions().get('deploy') ?? [];
    assert.deepEqual(
      actionsOf(own).filter((action) => !listed.includes(action)),
      [],
      'what the CDK and we ask for with the credentials of a person',
    );
    assert.ok(own.includes('sts AssumeRole'));
    assert.ok(existsSync(join(here.folder, 'outputs', 'dev.outputs.json')));
  });
});
