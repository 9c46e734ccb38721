import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Severity } from '#infra/account/checks/check.ts';
import { doctor } from '#infra/account/doctor.ts';
import { type ExamineOptions, examine } from '#infra/account/examine.ts';
import { type SynthesizedStage, synthesizedStage } from '#infra/account/synthesized-stage.ts';
import type { StageSettings } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { ownSettings, ran } from '#test/support/account-commands.ts';
import {
  ACCOUNT,
  ALARM_TOPIC,
  deployedAccount,
  healthyAccount,
  OTHER_ACCOUNT,
  shownIdentity,
  shownStack,
  verifiedIdentity,
} from '#test/support/healthy-account.ts';
import { startHttpService } from '#test/support/http-service.ts';
import {
  type Answers,
  AwsFault,
  QueryMap,
  type RecordedAccount,
  startRecordedAccount,
} from '#test/support/recorded-account.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const accountWith = async (answers: Answers): Promise<RecordedAccount> => {
  const account = await startRecordedAccount(answers);
  open.push(account);
  return account;
};

/** A DNS without records. */
const noRecords = () => Promise.reject(new Error('ENOTFOUND'));

type Reported = { severity: Severity; name: string; fault: string; next: string };

const synthesized = new Map<string, SynthesizedStage>();
/** Synthesizes each stage once, because most accounts here have the same settings. */
function synthesize(stage: string, settings: StageSettings): SynthesizedStage {
  const key = JSON.stringify([stage, settings]);
  const found = synthesized.get(key) ?? synthesizedStage(stage, settings);
  synthesized.set(key, found);
  return found;
}

/** Every finding about an account with these answers instead of the healthy ones. */
async function findingsOf(
  answers: Answers,
  settings: StageSettings = ownSettings(),
  { base = healthyAccount(), ...more }: Partial<ExamineOptions> & { base?: Answers } = {},
): Promise<Reported[]> {
  const { client } = await accountWith({ ...base, ...answers });
  const { results } = await examine({
    stage: 'dev',
    settings,
    client,
    resolveCname: noRecords,
    synthesize,
    ...more,
  });
  return results.flatMap(({ name, findings }) => findings.map((finding) => ({ ...finding, name })));
}

/** Asserts that there is exactly one finding, with this severity, fault and next step. */
function assertOnly(findings: Reported[], severity: Severity, fault: RegExp, next: RegExp): void {
  assert.deepEqual(
    findings.map((one) => one.severity),
    [severity],
    JSON.stringify(findings),
  );
  assert.match(findings[0]?.fault ?? '', fault);
  assert.match(findings[0]?.next ?? '', next);
}

const withEmail = (email: Partial<StageSettings['email']>) =>
  ownSettings((settings) => ({ ...settings, email: { ...settings.email, ...email } }));
const inProduction = (settings: StageSettings): StageSettings => ({
  ...settings,
  production: true,
  account: ACCOUNT,
  removal: 'retain',
  logRetentionDays: 90,
  alarms: { addresses: ['operations@shop.test'] },
});
const withOrigin = (arn: string) =>
  ownSettings((settings) => ({
    ...settings,
    sms: { gateway: 'end-user-messaging', ratePerSecond: 1, originationIdentity: arn },
  }));
const POOL = `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:pool/pool-1`;

describe('doctor about an account', () => {
  it('finds nothing in a healthy account, before and after the deployment', async () => {
    assert.deepEqual(await findingsOf({}), []);
    assert.deepEqual(await findingsOf({}, ownSettings(), { base: deployedAccount() }), []);
    assert.deepEqual(await findingsOf({}, withOrigin(POOL), { base: deployedAccount() }), []);
  });

  it('finds every placeholder in the settings', async () => {
    const answers = {
      ...healthyAccount(),
      'sts GetCallerIdentity': { Account: OTHER_ACCOUNT },
      'ses GetEmailIdentity': new AwsFault('NotFoundException'),
    };
    const { client } = await accountWith(answers);
    const findings = await findingsOf({}, settingsOf('prod'), { client });
    const placeholders = findings.filter(({ name }) => name === 'settings');
    assert.deepEqual(
      placeholders.map(({ severity, fault }) => [severity, fault.split(' ')[0]]),
      ['account', 'alarms.addresses.0', 'email.sender', 'email.identity', 'sms.originationIdentity'].map((path) => [
        'deploy',
        path,
      ]),
    );
  });

  it('reports credentials that AWS does not accept, and makes no further call', async () => {
    const account = await accountWith({
      'sts GetCallerIdentity': new AwsFault(
        'ExpiredToken',
        'The security token included in the request is expired',
        403,
      ),
    });
    const findings = await findingsOf({}, ownSettings(), { client: account.client });
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ['deploy', 'warning'],
    );
    assert.match(findings[0]?.fault ?? '', /ExpiredToken: The security token/);
    assert.match(findings[1]?.fault ?? '', /These checks could not run.*CDK bootstrap, stack, .*Lambda quota/);
    assert.deepEqual(account.operations(), ['sts GetCallerIdentity']);
  });

  it('distinguishes a wrong region and a network failure from refused credentials', async () => {
    const refused = (name: string) => async () =>
      (await accountWith({ 'sts GetCallerIdentity': new AwsFault(name, name, 403) })).client;
    const at =
      (endpoint: string | undefined, region = 'eu-central-1') =>
      async () => ({
        ...(endpoint && { endpoint }),
        region,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
    const cases: [client: () => Promise<ExamineOptions['client']>, fault: RegExp, next: RegExp][] = [
      [
        at('http://127.0.0.1:1'),
        /^AWS cannot be reached: .*ECONNREFUSED/,
        /^Check network, proxy and AWS_ENDPOINT_URL/,
      ],
      [
        at('http://sts.nowhere.invalid'),
        /^AWS cannot be reached: .*(ENOTFOUND|EAI_AGAIN)/,
        /Check (the region|network)/,
      ],
      [at(undefined, 'eu_central_1'), /^Region not accepted: region="eu_central_1"/, /^Check the region/],
      [refused('ExpiredToken'), /^AWS does not accept these credentials: ExpiredToken/, /^Sign in/],
      [refused('InvalidClientTokenId'), /does not accept/, /^Sign in .*enable first/],
      [refused('SignatureDoesNotMatch'), /does not accept/, /^Check the clock/],
    ];
    const inTheEnvironment = ownSettings((dev) => ({ ...dev, region: undefined }));
    for (const [client, fault, next] of cases) {
      const [first, second, ...others] = await findingsOf({}, inTheEnvironment, { client: await client() });
      assert.match(first?.fault ?? '', fault);
      assert.match(first?.next ?? '', next);
      assert.match(second?.fault ?? '', /^These checks could not run because of that/);
      assert.deepEqual(others, []);
    }
  });

  it('makes no further call in another account than the stage’s', async () => {
    const account = await accountWith(healthyAccount());
    const settings = ownSettings((dev) => ({ ...dev, account: '210987654321' }));
    const [first, second, ...others] = await findingsOf({}, settings, { client: account.client });
    assert.equal(first?.severity, 'deploy');
    assert.match(
      first?.fault ?? '',
      new RegExp(`^Stage dev belongs to account 210987654321; .* account ${ACCOUNT}\\.$`),
    );
    assert.match(second?.fault ?? '', /^These checks could not run/);
    assert.deepEqual([others, account.operations()], [[], ['sts GetCallerIdentity']]);
  });

  it('gives a failed call the highest severity of its check, and runs the other checks', async () => {
    const denied = new AwsFault('AccessDeniedException', 'not authorized to perform: ses:GetAccount', 403);
    const findings = await findingsOf({ 'ses GetAccount': denied, 'lambda GetAccountSettings': denied });
    assert.deepEqual(
      findings.map(({ name, severity }) => [name, severity]),
      [
        ['e-mail: account', 'mail'],
        ['e-mail: recipients of this account', 'mail'],
        ['Lambda quota', 'warning'],
      ],
    );
    assert.match(
      findings[0]?.fault ?? '',
      /AccessDeniedException: not authorized to perform: ses:GetAccount \(GetAccount\)/,
    );
    assert.match(findings[0]?.next ?? '', /^Allow these credentials/);
  });

  it('finds a missing and an old bootstrap', async () => {
    const next = /^Run npm run bootstrap -- --stage dev\.$/;
    const missing = await findingsOf({ 'ssm GetParameter': new AwsFault('ParameterNotFound') });
    assertOnly(missing, 'deploy', /not been bootstrapped/, next);
    const old = await findingsOf({ 'ssm GetParameter': { Parameter: { Value: '5' } } });
    assertOnly(old, 'deploy', /version 5; 6 is needed/, next);
  });

  it('checks the bootstrap of the stage’s qualifier, and prints the command that creates it', async () => {
    const settings = ownSettings((dev) => ({ ...dev, bootstrapQualifier: 'shop1' }));
    const answers: Answers = {
      'ssm GetParameter': ({ Name }) =>
        Name === '/cdk-bootstrap/shop1/version' ? new AwsFault('ParameterNotFound') : { Parameter: { Value: '30' } },
    };
    assert.deepEqual(await findingsOf(answers), []);
    assertOnly(
      await findingsOf(answers, settings),
      'deploy',
      /not been bootstrapped for CDK with the qualifier shop1/,
      /^Run npm run bootstrap -- --stage dev\.$/,
    );
  });

  it('finds a stack that accepts no deployment, and a stack that was rolled back', async () => {
    const cases: [status: string, severity: Severity, next: RegExp, isProtected?: boolean][] = [
      ['UPDATE_IN_PROGRESS', 'deploy', /Wait/],
      ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'deploy', /Wait/],
      ['DELETE_IN_PROGRESS', 'deploy', /Wait/],
      ['ROLLBACK_COMPLETE', 'warning', /npm run deploy deletes it/],
      ['ROLLBACK_COMPLETE', 'deploy', /--no-enable-termination-protection.*delete-stack/, true],
      ['ROLLBACK_FAILED', 'deploy', /delete-stack/, true],
      ['UPDATE_ROLLBACK_FAILED', 'deploy', /continue-update-rollback/],
      ['DELETE_FAILED', 'deploy', /delete the stack again/],
      ['UPDATE_ROLLBACK_COMPLETE', 'warning', /taken back/],
      ['CREATE_FAILED', 'warning', /describe-stack-events/],
    ];
    for (const [status, severity, next, isProtected] of cases) {
      const stack = shownStack({ status, reason: 'because', isProtected });
      const answers = { ...deployedAccount(), 'cloudformation DescribeStacks': { Stacks: [stack] } };
      assertOnly(await findingsOf(answers), severity, new RegExp(`${status} \\(because\\)`), next);
    }
    const unmade = {
      'cloudformation DescribeStacks': { Stacks: [shownStack({ status: 'REVIEW_IN_PROGRESS' })] },
      'ses GetEmailIdentity': new AwsFault('NotFoundException'),
    };
    assert.deepEqual(await findingsOf(unmade), []);
  });

  it('warns of the e-mail sandbox in a trial stage, and blocks a production stage there', async () => {
    const { 'ses GetAccount': account } = healthyAccount();
    const sandbox = { 'ses GetAccount': { ...account, ProductionAccessEnabled: false } };
    assertOnly(await findingsOf(sandbox), 'warning', /e-mail sandbox/, /verify the addresses/);
    assertOnly(
      await findingsOf(sandbox, ownSettings(inProduction)),
      'deploy',
      /would not reach its customers/,
      /production access/,
    );
  });

  it('finds an account that may not send, or not at the configured rate', async () => {
    const account = healthyAccount()['ses GetAccount'] as object;
    const saying = (more: object) => findingsOf({ 'ses GetAccount': { ...account, ...more } });
    assertOnly(await saying({ SendingEnabled: false }), 'mail', /switched off/, /--sending-enabled/);
    assertOnly(await saying({ EnforcementStatus: 'SHUTDOWN' }), 'mail', /SHUTDOWN/, /case/);
    assertOnly(await saying({ EnforcementStatus: 'PROBATION' }), 'warning', /PROBATION/, /case/);
    const quota = { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 200 };
    assertOnly(await saying({ SendQuota: quota }), 'mail', /sent 200 e-mails in 24 hours and may send 200/, /Wait/);
    assert.deepEqual(await saying({ SendQuota: { ...quota, Max24HourSend: -1 } }), []);
    const fast = await findingsOf({}, withEmail({ ratePerSecond: 20 }));
    assertOnly(fast, 'warning', /ratePerSecond is 20, but SES takes 14/, /Put 14/);
  });

  it('finds an identity that the stack would create a second time', async () => {
    const taken = await findingsOf({ 'ses GetEmailIdentity': verifiedIdentity });
    assertOnly(taken, 'deploy', /shop\.test exists already/, /"existing"/);
    assert.deepEqual(
      await findingsOf({ 'ses GetEmailIdentity': verifiedIdentity }, withEmail({ identityOwner: 'existing' })),
      [],
    );
  });

  it('finds a missing identity', async () => {
    const missing = await findingsOf({}, withEmail({ identityOwner: 'existing' }));
    assertOnly(missing, 'mail', /does not exist/, /Create and verify/);
    const gone = await findingsOf({ 'ses GetEmailIdentity': new AwsFault('NotFoundException') }, ownSettings(), {
      base: deployedAccount(),
    });
    assertOnly(gone, 'mail', /is gone/, /create-email-identity/);
  });

  it('names only the missing DNS records', async () => {
    const pending = {
      ...verifiedIdentity,
      VerifiedForSendingStatus: false,
      DkimAttributes: { ...verifiedIdentity.DkimAttributes, Status: 'PENDING' },
    };
    const answers = { ...deployedAccount(), 'ses GetEmailIdentity': pending };
    const nothing = await findingsOf(answers);
    const record = (token: string) => `${token}._domainkey.shop.test CNAME ${token}.dkim.amazonses.com`;
    assertOnly(
      nothing,
      'mail',
      /not verified shop\.test \(DKIM: PENDING\)/,
      new RegExp(['token1', 'token2', 'token3'].map(record).join('; ')),
    );
    const resolveCname = async (name: string) =>
      name.startsWith('token2') ? ['somewhere.else'] : [`${name.split('.')[0]}.dkim.amazonses.com`];
    const one = await findingsOf(answers, ownSettings(), { resolveCname });
    assertOnly(
      one,
      'mail',
      /not verified/,
      /^Add to the DNS of shop\.test: token2._domainkey.shop.test CNAME token2.dkim.amazonses.com\.$/,
    );
    const all = await findingsOf(answers, ownSettings(), {
      resolveCname: async (name) => [`${name.split('.')[0]}.dkim.amazonses.com`],
    });
    assertOnly(all, 'mail', /not verified/, /^SES looks for .* they are there, so wait\.$/);
    const unsigned = { ...pending, VerifiedForSendingStatus: true };
    assertOnly(await findingsOf({ ...answers, 'ses GetEmailIdentity': unsigned }), 'warning', /not signed/, /token1/);
  });

  it('reports the next step for every unfinished status of DKIM', async () => {
    const { DkimAttributes: signed } = verifiedIdentity;
    const everythingThere = async (name: string) => [`${name.split('.')[0]}.dkim.amazonses.com`];
    const cases: [dkim: object, resolveCname: (name: string) => Promise<string[]>, next: RegExp][] = [
      [
        { Status: 'NOT_STARTED', Tokens: [] },
        everythingThere,
        /no DKIM tokens for shop\.test.* --signing-attributes-origin AWS_SES\. Then/,
      ],
      [{ Status: 'PENDING', Tokens: undefined }, everythingThere, /no DKIM tokens/],
      [{ Status: 'PENDING' }, noRecords, /^Add to the DNS of shop\.test: token1.*dkim\.amazonses\.com\.$/],
      [{ Status: 'PENDING' }, everythingThere, /so wait/],
      [{ Status: 'TEMPORARY_FAILURE' }, everythingThere, /so wait/],
      [
        { Status: 'FAILED' },
        noRecords,
        /^Add to the DNS.* SES has stopped looking for them: then run aws sesv2 put-email-identity-dkim/,
      ],
      [{ Status: 'FAILED' }, everythingThere, /^The DNS records are there\. SES has stopped looking/],
      [
        { Status: 'PENDING', SigningAttributesOrigin: 'EXTERNAL', Tokens: ['key1'] },
        everythingThere,
        /key of your own: put its public key into the TXT record at key1\._domainkey\.shop\.test/,
      ],
    ];
    for (const [dkim, resolveCname, next] of cases) {
      const identity = { ...verifiedIdentity, DkimAttributes: { ...signed, ...dkim } };
      const options = { base: deployedAccount(), resolveCname };
      const unverified = { ...identity, VerifiedForSendingStatus: false };
      assertOnly(
        await findingsOf({ 'ses GetEmailIdentity': unverified }, ownSettings(), options),
        'mail',
        /has not verified shop\.test/,
        next,
      );
      assertOnly(
        await findingsOf({ 'ses GetEmailIdentity': identity }, ownSettings(), options),
        'warning',
        /not signed/,
        next,
      );
    }
  });

  it('advises to follow the link if the identity is an address', async () => {
    const settings = withEmail({ sender: 'ada@shop.test', identity: 'ada@shop.test', identityOwner: 'existing' });
    const unverified = {
      IdentityType: 'EMAIL_ADDRESS',
      VerifiedForSendingStatus: false,
      DkimAttributes: { Status: 'NOT_STARTED' },
    };
    assertOnly(
      await findingsOf({ 'ses GetEmailIdentity': unverified }, settings),
      'mail',
      /not verified ada@shop\.test/,
      /follow its link/,
    );
  });

  describe('about recipients whose identities are in the account', () => {
    const { 'ses GetAccount': emailAccount } = healthyAccount();
    const inSandbox = { ...deployedAccount(), 'ses GetAccount': { ...emailAccount, ProductionAccessEnabled: false } };
    const identities = (...EmailIdentities: object[]): Answers => ({ 'ses ListEmailIdentities': { EmailIdentities } });
    const recipientsOf = (findings: Reported[]) =>
      findings.filter(({ name }) => name === 'e-mail: recipients of this account');
    const own = shownIdentity('shop.test');

    it('finds, in the sandbox, recipients without permission, and names the setting to add', async () => {
      const you = identities(own, shownIdentity('you@example.org'), shownIdentity('pending@example.org', 'PENDING'));
      const findings = recipientsOf(await findingsOf({ ...inSandbox, ...you }));
      assertOnly(
        findings,
        'mail',
        /verified you@example\.org in this account, and the stage’s senders may not write there.*In the sandbox/,
        /infra\/stages\.ts and deploy: email\.recipientIdentities: \['you@example\.org'\]\.$/,
      );
      const listed = withEmail({ recipientIdentities: ['you@example.org'] });
      assert.deepEqual(recipientsOf(await findingsOf({ ...inSandbox, ...you }, listed)), []);
    });

    it('keeps the identities that the setting already names', async () => {
      const findings = await findingsOf(
        { ...inSandbox, ...identities(own, shownIdentity('you@example.org'), shownIdentity('ada@example.org')) },
        withEmail({ recipientIdentities: ['ada@example.org'] }),
      );
      assertOnly(recipientsOf(findings), 'mail', /verified you@/, /\['ada@example\.org', 'you@example\.org'\]/);
    });

    it('warns of them outside the sandbox', async () => {
      const findings = await findingsOf({ ...deployedAccount(), ...identities(own, shownIdentity('partner.test')) });
      assertOnly(findings, 'warning', /verified partner\.test/, /\['partner\.test'\]/);
    });

    it('reads every page, distinguishes domains from addresses, and ignores case', async () => {
      const pages: Record<string, object> = {
        first: { EmailIdentities: [shownIdentity('SHOP.test')], NextToken: 'second' },
        second: {
          EmailIdentities: [shownIdentity('Ada@example.org'), { IdentityName: 'old.test', SendingEnabled: true }],
        },
      };
      const answers: Answers = {
        'ses ListEmailIdentities': ({ NextToken = 'first' }) => pages[String(NextToken)] ?? {},
      };
      const findings = await findingsOf(
        { ...deployedAccount(), ...answers },
        withEmail({ recipientIdentities: ['ada@example.org'] }),
      );
      assertOnly(findings, 'warning', /verified Ada@example\.org, old\.test in/, /'Ada@example\.org', 'old\.test'/);
    });

    it('reports listed recipients that the sandbox does not reach, by address and by domain', async () => {
      const settings = withEmail({ recipientIdentities: ['you@example.org', 'example.net'] });
      const findings = recipientsOf(await findingsOf({ ...inSandbox, ...identities(own) }, settings));
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['warning', 'warning'],
      );
      assert.match(findings[0]?.next ?? '', /--email-identity you@example\.org, and follow the link/);
      assert.match(findings[1]?.next ?? '', /--email-identity example\.net, and add the DNS records/);
    });

    it('names ten and counts the others', async () => {
      const many = Array.from({ length: 13 }, (_, index) => shownIdentity(`team-${index}.test`));
      const findings = await findingsOf({ ...deployedAccount(), ...identities(own, ...many) });
      assertOnly(findings, 'warning', /and 3 more \(aws sesv2 list-email-identities\)/, /'team-9\.test'/);
    });
  });

  it('finds a configuration set that was changed by hand', async () => {
    const { 'ses GetConfigurationSet': set, ...rest } = deployedAccount();
    const saying = (more: object) => findingsOf({ ...rest, 'ses GetConfigurationSet': { ...set, ...more } });
    assertOnly(
      await saying({ SuppressionOptions: { SuppressedReasons: ['BOUNCE'] } }),
      'warning',
      /\(BOUNCE\), which all tenants share/,
      /deploy again/,
    );
    assertOnly(
      await saying({ SendingOptions: { SendingEnabled: false } }),
      'mail',
      /switched off/,
      /counterfoil-dev-set/,
    );
  });

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

  it('finds a Lambda quota that one busy stage could exhaust', async () => {
    const { 'lambda GetAccountSettings': settings } = healthyAccount();
    const small = { ...settings, AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } };
    assertOnly(
      await findingsOf({ 'lambda GetAccountSettings': small }),
      'warning',
      /runs 10 functions at once.*may use 29/,
      /L-B99A9384/,
    );
    // One more queue: events of text messages.
    const withEvents = await findingsOf({ 'lambda GetAccountSettings': small }, withOrigin(POOL));
    assertOnly(withEvents, 'warning', /may use 39/, /L-B99A9384/);
  });

  it('finds addresses that receive no alarm', async () => {
    const settings = ownSettings((dev) => ({
      ...dev,
      alarms: { addresses: ['a@shop.test', 'b@shop.test', 'c@shop.test'] },
    }));
    const subscription = (Endpoint: string, SubscriptionArn: string) => ({
      Endpoint,
      SubscriptionArn,
      Protocol: 'email',
      Owner: ACCOUNT,
      TopicArn: ALARM_TOPIC,
    });
    const findings = await findingsOf(
      {
        'sns ListSubscriptionsByTopic': {
          Subscriptions: [
            subscription('a@shop.test', `${ALARM_TOPIC}:1`),
            subscription('b@shop.test', 'PendingConfirmation'),
          ],
        },
      },
      settings,
      { base: deployedAccount() },
    );
    assert.deepEqual(
      findings.map(({ severity, fault }) => [severity, fault]),
      [
        ['warning', 'b@shop.test has not confirmed yet and hears of no alarm.'],
        ['warning', 'c@shop.test is not subscribed to any topic of the stage and hears of no alarm.'],
      ],
    );
  });

  it('finds a user pool whose tokens would contain no tenant, or could not be requested', async () => {
    const saying = (UserPool: object) =>
      findingsOf({ 'cognito-idp DescribeUserPool': { UserPool } }, ownSettings(), { base: deployedAccount() });
    assertOnly(
      await saying({ Domain: 'd', LambdaConfig: {} }),
      'mail',
      /no pre-token-generation trigger/,
      /deploy again/,
    );
    const trigger = { LambdaVersion: 'V3_0', LambdaArn: 'arn' };
    assertOnly(
      await saying({ LambdaConfig: { PreTokenGenerationConfig: trigger } }),
      'mail',
      /has no domain/,
      /domain/,
    );
  });

  it('finds an issuer that API Gateway could not use', async () => {
    let documents: Record<string, object> = {};
    const service = await startHttpService((request, response) => {
      const found = documents[request.url ?? ''];
      response.statusCode = found ? 200 : 404;
      response.end(JSON.stringify(found ?? {}));
    });
    open.push(service);
    const jwt: StageSettings['jwt'] = {
      kind: 'issuer',
      issuer: service.url,
      audience: ['shop'],
      scopePrefix: '',
      tenantClaim: 'tenant',
    };
    // The schema would refuse an issuer without TLS. This test needs the check only.
    const saying = async () =>
      (await findingsOf({}, { ...ownSettings(), jwt })).filter(({ name }) => name === 'tokens: issuer');
    const at = '/.well-known/openid-configuration';
    assertOnly(await saying(), 'deploy', /cannot be read: it answers 404/, /must be public/);
    documents = { [at]: { issuer: `${service.url}/`, jwks_uri: `${service.url}/keys` } };
    assertOnly(await saying(), 'deploy', /says that the issuer is .*\/;/, /own spelling/);
    documents = { [at]: { issuer: service.url, jwks_uri: `${service.url}/keys` } };
    assertOnly(await saying(), 'mail', /\/keys cannot be read/, /must be public/);
    documents['/keys'] = {
      keys: [
        { kty: 'EC', use: 'sig' },
        { kty: 'RSA', use: 'enc' },
      ],
    };
    assertOnly(await saying(), 'mail', /no RSA key/, /RS256/);
    documents['/keys'] = { keys: [{ kty: 'RSA' }] };
    assert.deepEqual(await saying(), []);
    await service.close();
    assertOnly(await saying(), 'deploy', /cannot be read: .*ECONNREFUSED/, /must be public/);
  });
});

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
    const env = { PATH: process.env.PATH, AWS_CONFIG_FILE: '/nowhere', ...keys, ...environment };
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
    const doctorSaid = await started('doctor', ['--stage', 'dev'], nowhere);
    assert.match(doctorSaid.stdout, /No region: neither the stage nor the environment names one\.\n +-> Set region/);
    assert.match(doctorSaid.stdout, /These checks could not run because of that/);
    const tenantsSaid = await started('tenants', ['--stage', 'dev', 'list'], nowhere);
    assert.equal(
      tenantsSaid.stderr,
      'No region: neither the stage nor the environment names one.\nSet region in infra/stages.ts, or AWS_REGION.\n',
    );
    const smokeSaid = await started('smoke', ['--stage', 'dev'], { ...nowhere, AWS_REGION: 'eu-central-1' });
    assert.match(smokeSaid.stderr, /^AWS cannot be reached: \w*Error: .*ECONNREFUSED.*\nCheck network/);
    assert.deepEqual(
      [doctorSaid, tenantsSaid, smokeSaid].map(({ code }) => code),
      [1, 1, 1],
    );
  });
});
