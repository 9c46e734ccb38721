import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Severity } from '#infra/account/checks/check.ts';
import type { ExamineOptions } from '#infra/account/examine.ts';
import type { StageSettings } from '#infra/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { ownSettings } from '#test/support/account-commands.ts';
import {
  ACCOUNT,
  ALARM_TOPIC,
  deployedAccount,
  healthyAccount,
  OTHER_ACCOUNT,
  shownStack,
} from '#test/support/healthy-account.ts';
import { startHttpService } from '#test/support/http-service.ts';
import { type Answers, AwsFault } from '#test/support/recorded-account.ts';
import { accountWith, assertOnly, findingsOf, open, POOL, type Reported, withOrigin } from './examined.ts';

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

  it('finds a Lambda quota that one busy stage could exhaust', async () => {
    const { 'lambda GetAccountSettings': settings } = healthyAccount();
    const small = { ...settings, AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } };
    const found = await findingsOf({ 'lambda GetAccountSettings': small });
    assertOnly(found, 'warning', /runs 10 functions at once.*may use \d+/, /L-B99A9384/);
    const usedBy = (findings: Reported[]) => Number(/may use (\d+)/.exec(findings[0]?.fault ?? '')?.[1]);
    // The platform's own part. Subscribers of business domains add theirs.
    assert.ok(usedBy(found) >= 29);
    // One more queue, for events of text messages; and the two for what it did not handle, which one function drains.
    const withEvents = await findingsOf({ 'lambda GetAccountSettings': small }, withOrigin(POOL));
    assert.equal(usedBy(withEvents), usedBy(found) + 10 + 2 * 2);
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
