import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { functionNames } from '#infra/functions.ts';
import type { Template as LocalTemplate } from '#infra/local/template/assembly.ts';
import { checkSupported } from '#infra/local/template/check.ts';
import type { StageSettings } from '#infra/settings.ts';
import { resourcesOf, synthesizeWith } from '#test/support/template.ts';

/** Rules of an organisation for every stack in its accounts: its bootstrap, a boundary, tags. */
const own = (settings: StageSettings): StageSettings => ({
  ...settings,
  bootstrapQualifier: 'shop1',
  permissionsBoundary: 'team/boundary',
  tags: { owner: 'Ada Lovelace', costCentre: '12-34', others: { 'shop:team': 'orders' } },
});

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-organisation-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const bundle = join(folder, 'bundle');
mkdirSync(bundle);
writeFileSync(join(bundle, 'handler.mjs'), 'export const handler = () => undefined;');
const bundles = Object.fromEntries(functionNames().map((name) => [name, bundle]));

const synthesized = (stage: string, change: (settings: StageSettings) => StageSettings) => {
  const outdir = mkdtempSync(join(folder, 'cdk.out-'));
  const template = synthesizeWith(stage, change, { outdir, bundles });
  const { artifacts } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
  return { template, stack: artifacts[`counterfoil-${stage}`].properties, outdir };
};

const tagsIn = (properties: Record<string, unknown>): Record<string, string> | undefined => {
  const { Tags, UserPoolTags, Replicas } = properties as {
    Tags?: { Key: string; Value: string }[] | Record<string, string>;
    UserPoolTags?: Record<string, string>;
    Replicas?: { Tags?: { Key: string; Value: string }[] }[];
  };
  const tags = Tags ?? UserPoolTags ?? Replicas?.[0]?.Tags;
  return Array.isArray(tags) ? Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) : tags;
};

describe('a stage in an account with an organisation’s rules', () => {
  const { template, stack, outdir } = synthesized('prod', own);

  it('is deployed only by the bootstrap that its settings name', () => {
    assert.equal(template.Parameters?.BootstrapVersion?.Default, '/cdk-bootstrap/shop1/version');
    assert.match(stack.assumeRoleArn, /role\/cdk-shop1-deploy-role-/);
    assert.match(stack.cloudFormationExecutionRoleArn, /role\/cdk-shop1-cfn-exec-role-/);
    const written = readFileSync(join(outdir, 'manifest.json'), 'utf8') + JSON.stringify(template);
    assert.doesNotMatch(written, /hnb659fds/);
  });

  it('has the boundary on every role', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    assert.ok(roles.length > 8);
    for (const [id, { Properties }] of roles) {
      assert.match(JSON.stringify(Properties.PermissionsBoundary ?? ''), /:iam::.*:policy\/team\/boundary/, id);
    }
  });

  it('has its tags on the stack and on every resource that supports tags', () => {
    const expected = {
      app: 'counterfoil',
      stage: 'prod',
      owner: 'Ada Lovelace',
      'cost-centre': '12-34',
      'shop:team': 'orders',
    };
    assert.deepEqual(stack.tags, expected);
    const tagged = Object.entries(template.Resources).filter(([, { Properties }]) => tagsIn(Properties ?? {}));
    const types = new Set(tagged.map(([, { Type }]) => Type));
    for (const type of [
      'AWS::DynamoDB::GlobalTable',
      'AWS::Lambda::Function',
      'AWS::SQS::Queue',
      'AWS::SNS::Topic',
      'AWS::IAM::Role',
      'AWS::KMS::Key',
      'AWS::Logs::LogGroup',
      'AWS::S3::Bucket',
      'AWS::SecretsManager::Secret',
      'AWS::Cognito::UserPool',
      'AWS::CloudWatch::Alarm',
      'AWS::ApiGatewayV2::Api',
      'AWS::SES::EmailIdentity',
      'AWS::SES::ConfigurationSet',
    ]) {
      assert.ok(types.has(type), `${type} has no tags`);
    }
    for (const [id, { Properties }] of tagged) assert.deepEqual(tagsIn(Properties), expected, id);
  });

  it('also runs on the local cloud', () => {
    checkSupported(synthesized('local', own).template as LocalTemplate);
  });

  it('differs from a stage without such rules, which has the CDK’s bootstrap, no boundary, and two tags', () => {
    const plain = synthesized('dev', (settings) => settings);
    assert.equal(plain.template.Parameters?.BootstrapVersion?.Default, '/cdk-bootstrap/hnb659fds/version');
    assert.deepEqual(plain.stack.tags, { app: 'counterfoil', stage: 'dev' });
    for (const [id, { Properties }] of resourcesOf(plain.template, 'AWS::IAM::Role')) {
      assert.equal(Properties.PermissionsBoundary, undefined, id);
    }
  });
});
