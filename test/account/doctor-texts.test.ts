import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '#infra/account/examine.ts';
import type { StageSettings } from '#infra/settings.ts';
import { ownSettings } from '#test/support/account-commands.ts';
import { ACCOUNT, healthyAccount, OTHER_ACCOUNT } from '#test/support/healthy-account.ts';
import { type Answers, AwsFault, QueryMap } from '#test/support/recorded-account.ts';
import { accountWith, assertOnly, findingsOf, inProduction, noRecords, POOL, withOrigin } from './examined.ts';

describe('doctor about the text messages of an account', () => {
  it('finds what prevents text messages by SNS', async () => {
    assertOnly(
      await findingsOf({ 'sns GetSMSSandboxAccountStatus': { IsInSandbox: true } }),
      'warning',
      /SMS sandbox/,
      /Verify your number/,
    );
    const live = await findingsOf(
      { 'sns GetSMSSandboxAccountStatus': { IsInSandbox: true } },
      ownSettings(inProduction),
    );
    assertOnly(live, 'mail', /SMS sandbox/, /leave the sandbox/);
    for (const attributes of [{ MonthlySpendLimit: '1' }, {}] as Record<string, string>[]) {
      const poor = await findingsOf({ 'sns GetSMSAttributes': { attributes: new QueryMap(attributes) } });
      assertOnly(poor, 'warning', /may cost 1 USD a month/, /MonthlySpendLimit/);
    }
    assertOnly(
      await findingsOf({ 'sns ListOriginationNumbers': { PhoneNumbers: [] } }),
      'warning',
      /no number/,
      /senderId/,
    );
    const withSms = (sms: object) =>
      ownSettings((settings) => ({ ...settings, sms: { gateway: 'sns', ratePerSecond: 1, ...sms } }));
    assertOnly(
      await findingsOf({}, withSms({ originationNumber: '+4366099999999' })),
      'mail',
      /does not have the number \+4366099999999/,
      /Get it/,
    );
    assert.deepEqual(await findingsOf({}, withSms({ originationNumber: '+4366012345678' })), []);
    assert.deepEqual(
      await findingsOf({ 'sns ListOriginationNumbers': { PhoneNumbers: [] } }, withSms({ senderId: 'Shop' })),
      [],
    );
  });

  it('finds what prevents text messages by End User Messaging', async () => {
    const saying = (answers: Answers, settings = withOrigin(POOL)) => findingsOf(answers, settings);
    const sandbox = { AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'SANDBOX' }] };
    assertOnly(
      await saying({ 'sms-voice DescribeAccountAttributes': sandbox }),
      'warning',
      /sandbox/,
      /Verify your number/,
    );
    const limits = (EnforcedLimit: number, MaxLimit: number) => ({
      'sms-voice DescribeSpendLimits': {
        SpendLimits: [{ Name: 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT', EnforcedLimit, MaxLimit, Overridden: true }],
      },
    });
    assertOnly(await saying(limits(1, 1)), 'warning', /1 USD a month/, /AWS Support/);
    assertOnly(await saying(limits(1, 100)), 'warning', /1 USD a month/, /--monthly-limit 100/);
    assertOnly(
      await saying({ 'sms-voice DescribePools': { Pools: [{ PoolArn: POOL, Status: 'CREATING' }] } }),
      'mail',
      /is CREATING/,
      /name it in infra\/stages/,
    );
    assertOnly(
      await saying({ 'sms-voice DescribePools': new AwsFault('ResourceNotFoundException') }),
      'mail',
      /does not exist/,
      /Get a phone number/,
    );
    // If the stage names no region, the region comes from the account's clients.
    const elsewhere = { ...withOrigin(`arn:aws:sms-voice:eu-central-1:${ACCOUNT}:pool/pool-1`), region: undefined };
    elsewhere.sms = {
      ...elsewhere.sms,
      originationIdentity: `arn:aws:sms-voice:us-east-1:${ACCOUNT}:pool/pool-1`,
    } as StageSettings['sms'];
    assertOnly(await saying({}, elsewhere), 'mail', /of us-east-1, the stage of eu-central-1/, /stage’s region/);
  });

  it('looks up an origination identity by its kind, and as shared if another account owns it', async () => {
    const asked = async (arn: string, answers: Answers) => {
      const account = await accountWith({ ...healthyAccount(), ...answers });
      const { results } = await examine({
        stage: 'dev',
        settings: withOrigin(arn),
        client: account.client,
        resolveCname: noRecords,
      });
      const { operation, input } = account.calls.find(({ input: { Owner } }) => Owner !== undefined) ?? {};
      return {
        operation,
        input,
        findings: results.flatMap(({ findings }) => findings.map(({ severity }) => severity)),
      };
    };
    const number = `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:phone-number/phone-1`;
    assert.deepEqual(
      await asked(number, { 'sms-voice DescribePhoneNumbers': { PhoneNumbers: [{ Status: 'ACTIVE' }] } }),
      {
        operation: 'sms-voice DescribePhoneNumbers',
        input: { PhoneNumberIds: [number], Owner: 'SELF' },
        findings: [],
      },
    );
    const sender = `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:sender-id/SHOP/AT`;
    assert.deepEqual(await asked(sender, { 'sms-voice DescribeSenderIds': { SenderIds: [{ SenderId: 'SHOP' }] } }), {
      operation: 'sms-voice DescribeSenderIds',
      input: { SenderIds: [{ SenderId: 'SHOP', IsoCountryCode: 'AT' }], Owner: 'SELF' },
      findings: [],
    });
    assert.deepEqual((await asked(sender, { 'sms-voice DescribeSenderIds': { SenderIds: [] } })).findings, ['mail']);
    const shared = `arn:aws:sms-voice:eu-central-1:${OTHER_ACCOUNT}:pool/pool-1`;
    const { input, findings } = await asked(shared, {});
    // The placeholder account adds a finding of its own.
    assert.deepEqual(input, { PoolIds: [shared], Owner: 'SHARED' });
    assert.deepEqual(findings, ['deploy', 'warning']);
  });
});
