import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '#infra/account/examine.ts';
import type { StageSettings } from '#infra/settings.ts';
import { inProduction, noRecords, ownSettings } from '#test/support/account-commands.ts';
import {
  ACCOUNT,
  deployedAccount,
  healthyAccount,
  OTHER_ACCOUNT,
  shownIdentity,
  verifiedIdentity,
} from '#test/support/healthy-account.ts';
import { type Answers, AwsFault, QueryMap } from '#test/support/recorded-account.ts';
import { accountWith, assertOnly, findingsOf, POOL, type Reported, withEmail, withOrigin } from './examined.ts';

describe('doctor about the e-mail of an account', () => {
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
});

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
    const findingsOf = async (arn: string, answers: Answers) => {
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
      await findingsOf(number, { 'sms-voice DescribePhoneNumbers': { PhoneNumbers: [{ Status: 'ACTIVE' }] } }),
      {
        operation: 'sms-voice DescribePhoneNumbers',
        input: { PhoneNumberIds: [number], Owner: 'SELF' },
        findings: [],
      },
    );
    const sender = `arn:aws:sms-voice:eu-central-1:${ACCOUNT}:sender-id/SHOP/AT`;
    assert.deepEqual(
      await findingsOf(sender, { 'sms-voice DescribeSenderIds': { SenderIds: [{ SenderId: 'SHOP' }] } }),
      {
        operation: 'sms-voice DescribeSenderIds',
        input: { SenderIds: [{ SenderId: 'SHOP', IsoCountryCode: 'AT' }], Owner: 'SELF' },
        findings: [],
      },
    );
    assert.deepEqual((await findingsOf(sender, { 'sms-voice DescribeSenderIds': { SenderIds: [] } })).findings, [
      'mail',
    ]);
    const shared = `arn:aws:sms-voice:eu-central-1:${OTHER_ACCOUNT}:pool/pool-1`;
    const { input, findings } = await findingsOf(shared, {});
    // The placeholder account adds a finding of its own.
    assert.deepEqual(input, { PoolIds: [shared], Owner: 'SHARED' });
    assert.deepEqual(findings, ['deploy', 'warning']);
  });
});
