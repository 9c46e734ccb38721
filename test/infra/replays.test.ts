import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bundle } from '#infra/bundle.ts';
import { handlerOf } from '#infra/functions.ts';
import { FUNCTION } from '#shared/names.ts';
import { platformTemplate, resourcesOf } from '#test/support/template.ts';

/**
 * A replay sends nothing: no code in the bundle of `run-replay` sends, publishes or calls another function, and its role
 * would not allow it.
 */

/** What the role may do. None of it leaves the table and the function's own log. */
const ALLOWED = [
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:Scan',
  'dynamodb:UpdateItem',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
];

/** Folders of code that sends or publishes, or requests that something is sent. */
const SENDING =
  /shared\/(delivery|settlement|feedback|direct-notification|greeting|attachment)\/|shared\/adapters\/aws\/(providers|s3)\/|shared\/once\/(publish|execute|transition)\.ts|sns-publisher|own-queue|queue-depth/;

for (const stage of ['local', 'dev', 'prod'])
  it(`the role of run-replay in stage ${stage} allows reads and writes of the table, and nothing else`, () => {
    const template = platformTemplate(stage);
    const [, { Properties: { Role = undefined } = {} } = assert.fail()] =
      resourcesOf(template, 'AWS::Lambda::Function').find(([, { Metadata }]) =>
        String(Metadata?.['aws:cdk:path']).includes('/run-replay/'),
      ) ?? assert.fail();
    const [roleId = assert.fail()] = (Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
    assert.equal(template.Resources[roleId]?.Properties.ManagedPolicyArns, undefined);
    const actions = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${roleId}"`))
      .flatMap(
        ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement,
      )
      .flatMap(({ Action }) => Action);
    assert.deepEqual(
      actions.filter((action) => !action.startsWith('kms:') && !action.startsWith('xray:Put')).sort(),
      ALLOWED,
    );
  });

describe('the bundle of run-replay', () => {
  it('contains no client but DynamoDB’s, and no code that sends, publishes or executes commands', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-replay-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { inputs, outputs } = await bundle(handlerOf(FUNCTION.runReplay), folder);
    const contained = Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    assert.ok(contained.some((path) => path.endsWith('shared/replay/run.ts')));
    assert.deepEqual(
      contained.filter((path) => SENDING.test(path)),
      [],
    );
    const clients = Object.keys(inputs).flatMap((path) => /@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1] ?? []);
    assert.deepEqual([...new Set(clients)], ['client-dynamodb']);
  });
});
