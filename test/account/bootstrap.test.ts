import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { bootstrap } from '#infra/account/bootstrap.ts';
import type { StageSettings } from '#infra/settings.ts';
import { ownSettings, type Ran, ran } from '#test/support/account-commands.ts';
import { ACCOUNT, healthyAccount } from '#test/support/healthy-account.ts';
import { AwsFault, type RecordedAccount, startRecordedAccount } from '#test/support/recorded-account.ts';

// npm run test:guide shows that the real CDK accepts these arguments and runs no app.
describe('npm run bootstrap', () => {
  let account: RecordedAccount;
  const called: { args: string[]; region: string | undefined }[] = [];
  beforeEach(async () => {
    called.length = 0;
    account = await startRecordedAccount(healthyAccount());
  });
  afterEach(() => account.close());

  const run = (args: string[], { settings = ownSettings(), code = 0 } = {}): Promise<Ran> =>
    ran(
      (given, context) =>
        bootstrap(given, context, {
          runCdk: async (cdkArguments, { AWS_REGION }) => {
            called.push({ args: cdkArguments, region: AWS_REGION });
            return code;
          },
        }),
      ['--stage', 'dev', ...args],
      { account, settings },
    );

  const qualified = ownSettings((dev: StageSettings) => ({ ...dev, bootstrapQualifier: 'shop1' }));
  const cases: [what: string, args: string[], settings: StageSettings, options: string[]][] = [
    ['account and region of the stage, without the app', [], ownSettings(), []],
    [
      'the qualifier of the stage, and the name of a separate stack',
      [],
      qualified,
      ['--qualifier', 'shop1', '--toolkit-stack-name', 'CDKToolkit-shop1'],
    ],
    [
      'the boundary that CloudFormation itself needs',
      ['--custom-permissions-boundary', 'limits'],
      ownSettings(),
      ['--custom-permissions-boundary', 'limits'],
    ],
  ];
  for (const [what, args, settings, options] of cases) {
    it(`passes the CDK ${what}`, async () => {
      const { code, refused, printed } = await run(args, { settings });
      assert.deepEqual({ code, refused }, { code: 0, refused: [] });
      const cdkArguments = ['bootstrap', `aws://${ACCOUNT}/eu-central-1`, '--app', '', ...options];
      assert.deepEqual(called, [{ args: cdkArguments, region: 'eu-central-1' }]);
      assert.deepEqual(printed, [`Preparing account ${ACCOUNT}, eu-central-1, for the CDK`]);
    });
  }

  it('returns exit code 1 when the CDK fails, and names where the reason is printed', async () => {
    const { code, refused } = await run([], { code: 2 });
    assert.equal(code, 1);
    assert.match(refused.join(), /^cdk bootstrap ended with exit code 2\. The reason is above\. .*CDKToolkit/);
  });

  it('does not start the CDK without credentials, or for the local stage', async () => {
    account.answers['sts GetCallerIdentity'] = new AwsFault('ExpiredToken', 'expired', 403);
    assert.match((await run([])).refused.join('\n'), /^AWS does not accept these credentials: ExpiredToken.*\nSign in/);
    const local = await ran(bootstrap, ['--stage', 'local'], { account });
    assert.match(local.refused.join(), /runs on this machine/);
    assert.deepEqual(called, []);
  });
});
