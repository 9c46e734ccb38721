import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import type { StageSettings } from '#infra/settings.ts';
import { ownSettings } from '#test/support/account-commands.ts';
import { shownStack } from '#test/support/healthy-account.ts';
import { type HttpService, startHttpService } from '#test/support/http-service.ts';
import { type Answers, AwsFault } from '#test/support/recorded-account.ts';
import { assertOnly, findingsOf, type Reported } from './examined.ts';

const KEY = 'SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const API_URL = 'https://abc123.execute-api.eu-central-1.amazonaws.com';
const VERIFICATION_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');

const settingsWith = (webhookKeys: string[]): StageSettings =>
  ownSettings((dev) => ({
    ...dev,
    email: {
      provider: 'sendgrid',
      sender: 'orders@shop.test',
      dataResidency: 'eu',
      webhookKeys,
      ratePerSecond: 10,
      feedMarginSeconds: 900,
      feedCountLagSeconds: 60,
    },
    onUnknown: { ...dev.onUnknown, email: { default: 'hold' } },
  }));

const deployed = (): Answers => {
  const stack = shownStack();
  const Outputs = [...stack.Outputs, { OutputKey: 'apiUrl', OutputValue: API_URL }];
  return {
    'cloudformation DescribeStacks': { Stacks: [{ ...stack, Outputs }] },
    'cloudformation ListStackResources': { StackResourceSummaries: [] },
    'secretsmanager GetSecretValue': { SecretString: KEY },
  };
};

const WEBHOOK = {
  id: 'webhook-1',
  enabled: true,
  url: `${API_URL}/email-events`,
  public_key: VERIFICATION_KEY,
  ...{ processed: true, dropped: true, deferred: true, delivered: true, bounce: true, spam_report: true, open: false },
};

/** What SendGrid answers, by the path; a number is a status without a body. */
type SendGrid = Record<string, object | number>;

const healthy = (): SendGrid => ({
  '/v3/scopes': { scopes: ['mail.send', 'sender_verification_eligible'] },
  '/v3/whitelabel/domains': [{ id: 1, domain: 'shop.test', valid: true }],
  '/v3/user/webhooks/event/settings/all': { max_allowed: 5, webhooks: [WEBHOOK] },
});

describe('doctor about SendGrid', () => {
  const services: HttpService[] = [];
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
  });

  /** The findings, and the keys of the requests that SendGrid received. */
  async function examined(
    sendGrid: SendGrid,
    {
      answers = {},
      key,
      settings = settingsWith([VERIFICATION_KEY]),
    }: {
      answers?: Answers;
      key?: string;
      settings?: StageSettings;
    } = {},
  ): Promise<{ findings: Reported[]; keys: string[] }> {
    const keys: string[] = [];
    const service = await startHttpService(({ url = '', headers }, response) => {
      keys.push(String(headers.authorization));
      const answer = { ...healthy(), ...sendGrid }[url.split('?')[0] ?? ''] ?? 404;
      response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(typeof answer === 'number' ? { errors: [] } : answer));
    });
    services.push(service);
    const emailApi = { url: service.url, ...(key !== undefined && { key }) };
    const all = await findingsOf({ ...deployed(), ...answers }, settings, { emailApi });
    return { findings: all.filter(({ name }) => /SendGrid/.test(name)), keys };
  }

  it('finds nothing in a healthy account, and asks for nothing before the deployment', async () => {
    const { findings, keys } = await examined({});
    assert.deepEqual([findings, new Set(keys), keys.length], [[], new Set([`Bearer ${KEY}`]), 3]);
    const before = { 'cloudformation DescribeStacks': new AwsFault('ValidationError', 'Stack does not exist') };
    assert.deepEqual(await examined({}, { answers: before }), { findings: [], keys: [] });
  });

  it('finds a secret without a key, and does not send its text to SendGrid', async () => {
    const answers = { 'secretsmanager GetSecretValue': { SecretString: 'generated' } };
    const { findings, keys } = await examined({}, { answers });
    assertOnly(findings, 'mail', /contains no API key of SendGrid/, /put-secret-value --secret-id arn:aws/);
    assert.deepEqual(keys, []);
  });

  it('finds a key that SendGrid refuses, that may not send, or that may do everything', async () => {
    const scopes = async (answer: object | number) => (await examined({ '/v3/scopes': answer })).findings;
    assertOnly(await scopes(401), 'mail', /does not accept the API key/, /put-secret-value/);
    assertOnly(await scopes(500), 'mail', /answers 500 to GET \/v3\/scopes/, /again later/);
    assertOnly(await scopes({ scopes: ['stats.read'] }), 'mail', /does not have the scope mail\.send/, /Mail Send/);
    const everything = { scopes: ['mail.send', 'api_keys.create'] };
    assertOnly(await scopes(everything), 'warning', /may do everything/, /Restricted Access/);
  });

  it('finds a sender whose domain is not authenticated', async () => {
    const domains = async (answer: object) => (await examined({ '/v3/whitelabel/domains': answer })).findings;
    assertOnly(await domains([]), 'mail', /The domain shop\.test is not authenticated/, /CNAME/);
    const waiting = [{ id: 1, domain: 'shop.test', valid: false }];
    assertOnly(await domains(waiting), 'mail', /has not found the DNS records of shop\.test/, /CNAME/);
  });

  it('finds events that are not posted to the stage, not signed, or not all of them', async () => {
    const path = '/v3/user/webhooks/event/settings/all';
    const webhooks = async (...list: object[]) => (await examined({ [path]: { webhooks: list } })).findings;
    const none = /No enabled Event Webhook of SendGrid posts to https:\/\/abc123.*\/email-events/;
    assertOnly(await webhooks(), 'warning', none, /sendgrid\.md/);
    assertOnly(await webhooks({ ...WEBHOOK, url: 'https://elsewhere.test/' }), 'warning', none, /sendgrid\.md/);
    assertOnly(await webhooks({ ...WEBHOOK, enabled: false }), 'warning', none, /sendgrid\.md/);
    const { public_key: _key, ...unsigned } = WEBHOOK;
    assertOnly(await webhooks(unsigned), 'warning', /webhook-1 is not signed/, /Signature Verification/);
    const partial = { ...WEBHOOK, processed: false, bounce: false };
    assertOnly(await webhooks(partial), 'warning', /does not post processed, bounce/, /Choose these/);
    const { findings } = await examined({}, { settings: settingsWith([]) });
    assertOnly(findings, 'warning', /does not have the verification key of the Event Webhook webhook-1/, /deploy: MF/);
  });

  it('says what a key that may only send does not show, and takes another key for it', async () => {
    const forbidden = { '/v3/whitelabel/domains': 403, '/v3/user/webhooks/event/settings/all': 403 };
    const { findings } = await examined(forbidden);
    assert.deepEqual(
      findings.map(({ severity, fault }) => [severity, fault]),
      [
        ['warning', 'SendGrid answers 403 to GET /v3/whitelabel/domains, so this is not checked.'],
        ['warning', 'SendGrid answers 403 to GET /v3/user/webhooks/event/settings/all, so this is not checked.'],
      ],
    );
    assert.match(findings[0]?.next ?? '', /SENDGRID_API_KEY/);
    const key = KEY.replaceAll('a', 'c');
    const { keys } = await examined({}, { key });
    assert.deepEqual(keys.sort(), [`Bearer ${KEY}`, `Bearer ${key}`, `Bearer ${key}`]);
  });
});
