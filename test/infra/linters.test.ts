import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { synthesize } from '#infra/synth.ts';

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
 * schemas and the rules of cfn-lint). Here it is shown that they run, and what they say.
 */
describe('the linters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-linters-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const stage of ['local', 'dev', 'staging', 'prod']) {
    it(`have nothing against stage ${stage}, not even a warning, and a reason for each exception`, async () => {
      const outdir = join(folder, stage);
      await synthesize({ stage, outdir, bundleDir: join(folder, `${stage}-bundles`) });
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

  it('refuse a property that CloudFormation does not know, and a value that it would not take', () => {
    const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'));
    const app = new App({ context, outdir: join(folder, 'bad'), analyticsReporting: false });
    const properties = { VisibilityTimeOut: 30, DelaySeconds: 99_999 };
    new CfnResource(new Stack(app, 'bad'), 'queue', { type: 'AWS::SQS::Queue', properties });
    assert.throws(() => app.synth(), /Validation failed/);
    const report = readFileSync(join(folder, 'bad', 'validation-report.json'), 'utf8');
    assert.match(report, /VisibilityTimeOut/);
    assert.match(report, /99999/);
  });
});
