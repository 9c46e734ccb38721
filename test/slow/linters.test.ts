import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { bundleFunctions } from '#infra/bundle.ts';
import type { StageSettings } from '#infra/settings.ts';
import { appContext, synthesize } from '#infra/synth.ts';
import { consoleTemplateWith, synthesizeWith, templateWith } from '#test/support/template.ts';

type Violation = { ruleName: string; reason?: string };
type Report = {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: Violation[];
    suppressedViolations?: Violation[];
  }[];
};

/**
 * Every synth runs cdk-nag's two rule packs and the validation engine that CDK carries (CloudFormation's own
 * schemas and the rules of cfn-lint). These tests show that they run, and what they report.
 */
describe('the linters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-linters-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const asACommand = (stage: string, outdir: string) => synthesize({ stage, outdir, checks: true });
  /** With the same checks. A process needs most of their time for the first template. */
  const inThisProcess = async (stage: string, outdir: string) =>
    synthesizeWith(stage, (settings) => settings, { outdir, bundles: await bundleFunctions(), checks: true });

  for (const stage of ['local', 'dev', 'staging', 'prod']) {
    it(`report nothing for stage ${stage}, not even a warning, and each exception has a reason`, async () => {
      const outdir = join(folder, stage);
      await (stage === 'local' ? asACommand(stage, outdir) : inThisProcess(stage, outdir));
      const { pluginReports }: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
      const names = pluginReports.map(({ pluginName }) => pluginName);
      for (const name of ['AwsSolutions', 'Serverless']) assert.ok(names.includes(name), names.join());
      for (const { pluginName, conclusion, violations, suppressedViolations = [] } of pluginReports) {
        assert.deepEqual([conclusion, violations], ['success', []], pluginName);
        for (const { ruleName, reason = '' } of suppressedViolations) {
          assert.ok(reason.split(' ').length >= 5, `${ruleName}: ${reason}`);
        }
      }
    });
  }

  const POOL = 'arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-1';
  const variants: [what: string, change: (settings: StageSettings) => StageSettings][] = [
    [
      'an issuer that exists',
      (settings) => ({
        ...settings,
        console: undefined,
        jwt: {
          kind: 'issuer',
          issuer: 'https://issuer.example/',
          audience: ['api'],
          scopePrefix: '',
          tenantClaim: 'tenant',
        },
      }),
    ],
    [
      'End User Messaging',
      (settings) => ({
        ...settings,
        sms: { gateway: 'end-user-messaging', ratePerSecond: 1, originationIdentity: POOL },
      }),
    ],
    ['traces', (settings) => ({ ...settings, tracing: true })],
  ];
  for (const [what, change] of variants) {
    it(`report nothing for a stage with ${what}`, () => {
      // A finding is an error: the synthesis fails with the report.
      assert.ok(templateWith('dev', change, { checks: true }).Resources);
    });
  }

  for (const stage of ['dev', 'prod']) {
    it(`report nothing for the console of stage ${stage}`, () => {
      assert.ok(consoleTemplateWith(stage, (settings) => settings, { checks: true }).Resources);
    });
  }

  it('do not change a template', async () => {
    const [checked, unchecked] = [join(folder, 'checked'), join(folder, 'unchecked')];
    await synthesize({ stage: 'local', outdir: checked, checks: true });
    await synthesize({ stage: 'local', outdir: unchecked, checks: false });
    const [one, other] = [checked, unchecked].map((outdir) =>
      readFileSync(join(outdir, 'counterfoil-local.template.json'), 'utf8'),
    );
    assert.equal(one, other);
  });

  it('refuse an unknown property, and an invalid value', () => {
    const app = new App({ context: appContext(), outdir: join(folder, 'bad'), analyticsReporting: false });
    const properties = { VisibilityTimeOut: 30, DelaySeconds: 99_999 };
    new CfnResource(new Stack(app, 'bad'), 'queue', { type: 'AWS::SQS::Queue', properties });
    assert.throws(() => app.synth(), /Validation failed/);
    const report = readFileSync(join(folder, 'bad', 'validation-report.json'), 'utf8');
    assert.match(report, /VisibilityTimeOut/);
    assert.match(report, /99999/);
  });
});
