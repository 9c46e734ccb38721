import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InvalidStage, placeholdersIn, settingsOf, validated } from '#infra/stages.ts';
import { SynthFailed, synthesize } from '#infra/synth.ts';

const faultsOf = (action: () => unknown): string[] => {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof InvalidStage);
    return error.faults;
  }
  return assert.fail('accepted');
};

describe('stages', () => {
  it('lists the existing stages if a name is unknown', () => {
    for (const stage of ['nope', '', undefined, 'toString', '__proto__']) {
      assert.match(faultsOf(() => settingsOf(stage)).join(), /local, local-sendgrid, dev, staging, prod/);
    }
  });

  it('accept the same addresses for senders as for recipients', () => {
    const { email, ...rest } = settingsOf('dev');
    const withSender = (sender: string) =>
      validated('dev', { ...rest, email: { ...email, sender, identity: sender.slice(sender.lastIndexOf('@') + 1) } });
    for (const sender of ['a&b@shop.example', "o'hara@shop.example", 'orders@xn--e1aybc.xn--p1ai'])
      assert.equal(withSender(sender).email.sender, sender);
    for (const sender of ['zoë@shop.example', '.orders@shop.example', 'orders@shop-.example', 'orders@shop'])
      assert.match(faultsOf(() => withSender(sender)).join('\n'), /must be an e-mail address/, sender);
  });

  it('lists every faulty setting at once', () => {
    const { removal: _, ...rest } = settingsOf('dev');
    const faults = faultsOf(() =>
      validated('dev', {
        ...rest,
        jwt: {
          kind: 'issuer',
          issuer: 'http://plain.example',
          audience: ['a'],
          scopePrefix: '',
          tenantClaim: 'tenant',
        },
        senderConcurrency: 1,
        colour: 'red',
      }),
    );
    assert.equal(faults.length, 4);
    assert.match(faults.join('\n'), /removal/);
    assert.match(faults.join('\n'), /jwt\.issuer must be an https URL/);
    assert.match(faults.join('\n'), /senderConcurrency/);
    assert.match(faults.join('\n'), /colour/);
  });

  it('refuses settings that contradict each other', () => {
    const dev = settingsOf('dev');
    const faults = faultsOf(() =>
      validated('dev', {
        ...dev,
        email: { ...dev.email, sender: 'orders@elsewhere.example', identity: 'shop.example' },
        onUnknown: { ...dev.onUnknown, sms: { default: 'hold', purposes: { alarm: 'resend' } } },
        timing: {
          ...dev.timing,
          providerTimeoutSeconds: 30,
          leaseSeconds: 31,
          unknownDeadlineSeconds: 30,
          holdAfterSeconds: 900,
        },
      }),
    );
    assert.equal(faults.length, 6);
    assert.match(faults.join('\n'), /unknownDeadlineSeconds must be at least/);
    assert.match(faults.join('\n'), /holdAfterSeconds must be longer than evidence may take: 1080/);
    assert.match(faults.join('\n'), /nothing would justify a resend/);
    assert.match(faults.join('\n'), /does not belong to the identity/);
    assert.match(faults.join('\n'), /providerTimeoutSeconds must be shorter/);
    assert.match(faults.join('\n'), /leaseSeconds must be longer/);
  });

  it('refuses a reminder at once, after a fraction of a second or after more than 90 days, and accepts none', () => {
    const dev = settingsOf('dev');
    const faults = (reminderAfterSeconds: unknown) =>
      faultsOf(() => validated('dev', { ...dev, orders: { reminderAfterSeconds } }));
    for (const wrong of [0, -1, 1.5, 90 * 86_400 + 1, '3600', Number.NaN])
      assert.match(faults(wrong).join(), /orders\.reminderAfterSeconds/, String(wrong));
    for (const right of [{}, { reminderAfterSeconds: 1 }, { reminderAfterSeconds: 90 * 86_400 }])
      assert.deepEqual(validated('dev', { ...dev, orders: right }).orders, right);
    assert.match(faultsOf(() => validated('dev', { ...dev, orders: { remindAfter: 1 } })).join(), /remindAfter/);
  });

  it('refuses an origination identity of another region, and a sender id without its country', () => {
    const prod = settingsOf('prod');
    const from = (originationIdentity: string) =>
      validated('prod', { ...prod, sms: { gateway: 'end-user-messaging', ratePerSecond: 10, originationIdentity } });
    const arn = (region: string, resource: string) => `arn:aws:sms-voice:${region}:123456789012:${resource}`;
    for (const resource of ['phone-number/phone-1a', 'pool/pool-1a', 'sender-id/MY-SHOP/AT']) {
      assert.ok(from(arn('eu-central-1', resource)));
    }
    assert.deepEqual(
      faultsOf(() => from(arn('eu-west-1', 'pool/pool-1a'))),
      [
        'Stage "prod", sms.originationIdentity is in eu-west-1, but the stage is in eu-central-1; use one of the stage’s region.',
      ],
    );
    for (const resource of ['sender-id/MY-SHOP', 'opt-out-list/Default', 'pool/']) {
      assert.match(faultsOf(() => from(arn('eu-central-1', resource))).join(), /originationIdentity must be the ARN/);
    }
  });

  it('refuses a production stage that would lose data, expire too early or alarm no one, with all faults at once', () => {
    const { region: _, account: __, ...prod } = settingsOf('prod');
    const faults = faultsOf(() =>
      validated('prod', {
        ...prod,
        removal: 'destroy',
        logRetentionDays: 14,
        alarms: { addresses: [] },
        email: { ...prod.email, sender: 'orders@elsewhere.example', feedMarginSeconds: 60, feedCountLagSeconds: 0 },
        console: undefined,
        jwt: { kind: 'issuer', issuer: 'https://login.example.com', scopePrefix: '', tenantClaim: 'tenant' },
        sms: { ...prod.sms, originationIdentity: 'pool-1' },
      }),
    );
    const text = faults.join('\n');
    for (const part of [
      /region is missing/,
      /account is missing: a production stage names/,
      /removal: a production stage keeps its data/,
      /logRetentionDays: keep/,
      /alarms\.addresses is empty/,
      /does not belong to the identity/,
      /feedMarginSeconds: an event of SES may take .*below 900 s/,
      /feedCountLagSeconds/,
      /jwt\.audience or jwt\.clientIds/,
      /originationIdentity must be the ARN/,
    ]) {
      assert.match(text, part);
    }
    assert.equal(faults.length, 10);
  });

  it('refuses a rate of less than one message for a sender, and a name that AWS would refuse', () => {
    const dev = settingsOf('dev');
    assert.match(
      faultsOf(() => validated('dev', { ...dev, email: { ...dev.email, ratePerSecond: 0.05 } })).join(),
      /email\.ratePerSecond: 0\.05 shared by senderConcurrency 2/,
    );
    assert.match(
      faultsOf(() => validated('dev', { ...dev, api: { ...dev.api, tenantRatePerSecond: 100 } })).join(),
      /api\.tenantRatePerSecond: 100 is not below api\.ratePerSecond/,
    );
    assert.match(faultsOf(() => validated('Dev', dev)).join(), /lower-case/);
    assert.match(faultsOf(() => validated('my-aws', dev)).join(), /Cognito reserves/);
  });

  it('lists the settings that are still placeholders', () => {
    assert.deepEqual(
      placeholdersIn(settingsOf('prod')).map((sentence) => sentence.split(' ')[0]),
      ['account', 'alarms.addresses.0', 'email.sender', 'email.identity', 'sms.originationIdentity'],
    );
    const dev = settingsOf('dev');
    const own = { ...dev, email: { ...dev.email, sender: 'me@shop.test.dev', identity: 'shop.test.dev' } };
    assert.deepEqual(placeholdersIn(own), []);
  });

  it('accepts only twelve digits as an account', () => {
    const dev = settingsOf('dev');
    const withAccount = (account: unknown) => validated('dev', { ...dev, account });
    assert.equal(withAccount('012345678901').account, '012345678901');
    for (const account of ['12345678901', '1234567890123', 'production', '', ' 123456789012', 123456789012]) {
      assert.match(
        faultsOf(() => withAccount(account)).join(),
        /account(: must be string|.* 12 digits)/,
        String(account),
      );
    }
    assert.deepEqual(
      placeholdersIn(withAccount('210987654321')).filter((text) => text.startsWith('account')),
      [],
    );
  });

  it('ends synth with one sentence for an unknown argument', () => {
    const main = join(import.meta.dirname, '..', '..', 'infra', 'synth.ts');
    const cases: [args: string[], pattern: RegExp][] = [
      [['--stage', 'nope'], /^Stage "nope" does not exist\. The stages in infra\/stages\.ts are: .*\n$/],
      [[], /^No stage given\. Name one of: .*\n$/],
      [['dev'], /^Unexpected argument 'dev'.* Usage: npm run synth -- --stage <name> \[--outdir <folder>\]\n$/],
      [['--stge', 'dev'], /^Unknown option '--stge'.* Usage: .*\n$/],
      [['--stage'], /^Option '--stage <value>' argument missing.* Usage: .*\n$/],
    ];
    for (const [args, pattern] of cases) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
      assert.deepEqual([status, stdout, stderr.split('\n').length], [1, '', 2], stderr);
      assert.match(stderr, pattern);
    }
  });

  it('ends synth with one sentence for an unknown stage', async () => {
    await assert.rejects(synthesize({ stage: 'nope', outdir: '/nowhere', checks: true }), (error) => {
      assert.ok(error instanceof SynthFailed);
      assert.equal(
        error.message,
        'Stage "nope" does not exist. The stages in infra/stages.ts are: local, local-sendgrid, dev, staging, prod.',
      );
      return true;
    });
  });
});
