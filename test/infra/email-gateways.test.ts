import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { emailGateways, emailGatewaysIn } from '#infra/email-gateways.ts';
import type { StageSettings } from '#infra/settings.ts';
import { InvalidStage, settingsOf, validated } from '#infra/stages.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const keyOf = (namedCurve: string): string =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

const SENDGRID = {
  provider: 'sendgrid' as const,
  sender: 'orders@shop.test',
  dataResidency: 'eu' as const,
  webhookKeys: [keyOf('prime256v1')],
  ratePerSecond: 14,
  feedMarginSeconds: 90_000,
  feedCountLagSeconds: 60,
};

/** Faults of a stage with these settings. */
function faultsOf(stage: string, change: (settings: StageSettings) => object): string[] {
  try {
    validated(stage, change(settingsOf(stage)));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidStage)) throw error;
    return error.faults;
  }
}

describe('the e-mail providers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-providers-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are the folders that declare one, and are named if a stage chooses another one', () => {
    assert.deepEqual(
      emailGateways.map(({ name }) => name),
      ['sendgrid', 'ses'],
    );
    assert.deepEqual(
      faultsOf('dev', (dev) => ({ ...dev, email: { provider: 'pigeon' } })),
      ['Stage "dev", email.provider: must be "sendgrid" or "ses".'],
    );
  });

  it('report every fault of their settings at once', () => {
    const email = {
      provider: 'sendgrid',
      sender: 'nobody',
      webhookKeys: ['AAAA', keyOf('secp384r1')],
      identity: 'x',
      colour: 1,
    };
    const key = 'must be the verification key of a signed Event Webhook (base64).';
    assert.deepEqual(
      faultsOf('dev', (dev) => ({ ...dev, email })),
      [
        'Stage "dev", email.sender: must be an e-mail address, like orders@shop.org; write a domain in other letters in its xn-- form.',
        'Stage "dev", email.ratePerSecond: is missing.',
        'Stage "dev", email.feedMarginSeconds: is missing.',
        'Stage "dev", email.feedCountLagSeconds: is missing.',
        'Stage "dev", email.dataResidency: is missing.',
        `Stage "dev", email.webhookKeys.0: ${key}`,
        `Stage "dev", email.webhookKeys.1: ${key}`,
        'Stage "dev", email.identity: is unknown.',
        'Stage "dev", email.colour: is unknown.',
      ],
    );
  });

  it('are refused with every fault if a folder is not complete', async () => {
    mkdirSync(join(folder, 'half'));
    writeFileSync(join(folder, 'half', 'email-stage.ts'), "export const gateway = { name: 'other' };");
    await assert.rejects(emailGatewaysIn(folder), {
      message: [
        `${folder}:`,
        "half/email-stage.ts has to export gateway = emailGatewayStage('half', …).",
        'half/email-gateway.ts is missing: it opens the provider.',
        'half/email-events.ts is missing: it reads the events of the provider.',
      ].join('\n'),
    });
  });

  it('decide how long a production stage waits for an event before it sends again, unless a person decides', () => {
    const inProduction = (more: object, onUnknown: 'resend' | 'hold' = 'resend') =>
      faultsOf('prod', (prod) => ({
        ...prod,
        timing: { ...prod.timing, holdAfterSeconds: 100_000 },
        onUnknown: { ...prod.onUnknown, email: { default: onUnknown } },
        email: { ...SENDGRID, ...more },
      }));
    assert.deepEqual(inProduction({}), []);
    assert.deepEqual(inProduction({ feedMarginSeconds: 900 }), [
      'Stage "prod", email.feedMarginSeconds: SendGrid repeats a failed post of events for 24 hours, so below 90000 s a late event would be taken for a message not sent; use that, or "hold" in onUnknown.email.',
    ]);
    assert.deepEqual(inProduction({ feedMarginSeconds: 900 }, 'hold'), []);
  });
});

describe('a stage with SendGrid', () => {
  const template: Template = templateWith('dev', (dev) => ({ ...dev, email: { ...SENDGRID, feedMarginSeconds: 900 } }));
  const variablesOf = (name: string) => {
    const found = resourcesOf(template, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables,
    );
    return found.find(({ POWERTOOLS_SERVICE_NAME }) => POWERTOOLS_SERVICE_NAME === name) ?? assert.fail(name);
  };
  const policyOf = (name: string) =>
    resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([, { Metadata }]) => String(Metadata?.['aws:cdk:path']).includes(`/${name}/role/`))
      .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: unknown }[] }).Statement);

  it('has nothing of SES', () => {
    for (const type of ['EmailIdentity', 'ConfigurationSet', 'ConfigurationSetEventDestination'])
      assert.deepEqual(resourcesOf(template, `AWS::SES::${type}`), [], type);
    assert.doesNotMatch(JSON.stringify(resourcesOf(template, 'AWS::IAM::Policy')), /ses:/);
  });

  it('has the API key in a secret that the two senders may read, and in no variable', () => {
    for (const name of [FUNCTION.sendEmail, FUNCTION.wakeDue]) {
      assert.ok(
        policyOf(name).some(({ Action }) => Action === 'secretsmanager:GetSecretValue'),
        name,
      );
      assert.equal(variablesOf(name)[ENV.emailApiUrl], 'https://api.eu.sendgrid.com');
      assert.equal(typeof variablesOf(name)[ENV.emailApiKey], 'object', 'It is a reference to the secret.');
    }
  });

  it('receives events by a public route with a limit of its own, in a function that may only publish them', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    const route = routes.find(({ RouteKey }) => RouteKey === 'POST /email-events');
    assert.equal(route?.AuthorizationType, 'NONE');
    const [[, stage] = assert.fail()] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    assert.deepEqual((stage.Properties.RouteSettings as Record<string, unknown>)['POST /email-events'], {
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 20,
      DetailedMetricsEnabled: true,
    });
    const actions = policyOf(FUNCTION.receiveEmailEvents).map(({ Action }) => Action);
    assert.deepEqual(
      actions.filter((action) => !String(action).startsWith('logs:')),
      ['sns:Publish'],
    );
    assert.equal(variablesOf(FUNCTION.receiveEmailEvents)[ENV.emailWebhookKeys], SENDGRID.webhookKeys[0]);
  });
});
