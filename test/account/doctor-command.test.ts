import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { doctor } from '#infra/account/doctor.ts';
import { compileCache } from '#infra/local/processes/compile-cache.ts';
import { settingsOf } from '#infra/stages.ts';
import { inProduction, noRecords, ownSettings, ran } from '#test/support/account-commands.ts';
import { ACCOUNT, deployedAccount, healthyAccount, shownStack } from '#test/support/healthy-account.ts';
import { AwsFault, QueryMap } from '#test/support/recorded-account.ts';
import { accountWith } from './examined.ts';

describe('npm run doctor', () => {
  it('prints every fault with its next step, and returns exit code 1', async () => {
    const account = await accountWith({
      ...deployedAccount(),
      'ssm GetParameter': new AwsFault('ParameterNotFound'),
      'cloudformation DescribeStacks': { Stacks: [shownStack({ status: 'UPDATE_ROLLBACK_FAILED' })] },
      'ses GetAccount': {
        EnforcementStatus: 'SHUTDOWN',
        ProductionAccessEnabled: false,
        SendingEnabled: false,
        SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 200 },
      },
      'ses GetEmailIdentity': { VerifiedForSendingStatus: false, DkimAttributes: { Status: 'FAILED', Tokens: ['t1'] } },
      'ses GetConfigurationSet': { SuppressionOptions: { SuppressedReasons: ['COMPLAINT'] } },
      'sns GetSMSSandboxAccountStatus': { IsInSandbox: true },
      'sns GetSMSAttributes': { attributes: new QueryMap({}) },
      'sns ListOriginationNumbers': { PhoneNumbers: [] },
      'cognito-idp DescribeUserPool': { UserPool: {} },
      'lambda GetAccountSettings': { AccountLimit: { ConcurrentExecutions: 10 } },
    });
    const settings = ownSettings((dev) => ({ ...inProduction(dev), email: { ...dev.email, ratePerSecond: 14 } }));
    const { code, printed, refused } = await ran(
      (args, context) => doctor(args, context, noRecords),
      ['--stage', 'dev'],
      { account, settings },
    );
    assert.deepEqual({ code, refused }, { code: 1, refused: [] });
    assert.equal(printed[0], `Stage dev in account ${ACCOUNT}, eu-central-1`);
    assert.equal(printed.at(-1), '3 block deploying, 7 block mail, 6 warnings.');
    const faults = printed.filter((line) => /^(BLOCKS|warning)/.test(line));
    assert.equal(faults.length, 16);
    for (const fault of faults) assert.match(printed[printed.indexOf(fault) + 1] ?? '', /^ +-> \S/);
  });

  it('returns exit code 0 if only warnings are left, and prints the passed checks', async () => {
    const account = await accountWith({ ...healthyAccount(), 'sns ListOriginationNumbers': { PhoneNumbers: [] } });
    const { code, printed } = await ran((args, context) => doctor(args, context, noRecords), ['--stage', 'dev'], {
      account,
    });
    assert.equal(code, 0);
    assert.ok(printed.includes('ok             CDK bootstrap'));
    assert.equal(printed.at(-1), '0 block deploying, 0 block mail, 1 warnings.');
  });

  it('refuses invalid input without any call', async () => {
    const account = await accountWith({});
    for (const args of [
      ['--stge', 'dev'],
      ['--stage', 'local'],
    ]) {
      const { code, refused } = await ran((given, context) => doctor(given, context, noRecords), args, {
        account,
      });
      assert.equal(code, 1);
      assert.match(refused.join('\n'), /Usage|npm start/);
    }
    const { refused } = await ran(doctor, ['--stage', 'nope'], { account, settingsOf });
    assert.match(refused.join('\n'), /Stage "nope" does not exist/);
    assert.deepEqual(account.calls, []);
  });

  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  /** Runs a command as a separate process with its own environment. It must refuse. */
  const started = async (name: string, args: string[], environment: Record<string, string>) => {
    const main = join(import.meta.dirname, '..', '..', 'infra', 'account', `${name}.ts`);
    const env = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/nowhere', ...compileCache(), ...keys, ...environment };
    return promisify(execFile)(process.execPath, [main, ...args], { env }).then(
      () => assert.fail('nothing was refused'),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );
  };

  it('reaches AWS as the environment configures when it runs as a process', async () => {
    const account = await accountWith(healthyAccount());
    const environment = { AWS_ENDPOINT_URL: account.url, AWS_REGION: 'eu-central-1' };
    const { code, stdout } = await started('doctor', ['--stage', 'dev'], environment);
    assert.equal(code, 1);
    assert.match(
      stdout,
      new RegExp(`^Stage dev in account ${ACCOUNT}, eu-central-1\\nBLOCKS DEPLOY  settings: email.sender`),
    );
    assert.match(stdout, /\n2 block deploying, 0 block mail, 0 warnings\.\n$/);
  });

  it('reports a missing region, and an unreachable AWS', async () => {
    const nowhere = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const doctor = await started('doctor', ['--stage', 'dev'], nowhere);
    assert.match(doctor.stdout, /No region: neither the stage nor the environment names one\.\n +-> Set region/);
    assert.match(doctor.stdout, /These checks could not run because of that/);
    const tenants = await started('tenants', ['--stage', 'dev', 'list'], nowhere);
    assert.equal(
      tenants.stderr,
      'No region: neither the stage nor the environment names one.\nSet region in infra/stages.ts, or AWS_REGION.\n',
    );
    const smoke = await started('smoke', ['--stage', 'dev'], { ...nowhere, AWS_REGION: 'eu-central-1' });
    assert.match(smoke.stderr, /^AWS cannot be reached: \w*Error: .*ECONNREFUSED.*\nCheck network/);
    assert.deepEqual(
      [doctor, tenants, smoke].map(({ code }) => code),
      [1, 1, 1],
    );
  });
});
