import assert from 'node:assert/strict';
import { it } from 'node:test';
import { settingsOf } from '#infra/stages.ts';
import { platformTemplate, resourcesOf } from '#test/support/template.ts';

/** What changes a dead letter, or depends on a row that is unchanged. */
const EDITING = ['dynamodb:ConditionCheckItem', 'dynamodb:UpdateItem'];

for (const [stage, permits] of [
  ['local', true],
  ['dev', false],
  ['staging', false],
  ['prod', false],
] as const)
  it(`the role of plan-redrive in stage ${stage} ${permits ? 'allows' : 'does not allow'} edits of messages`, () => {
    assert.equal(settingsOf(stage).operatorsEditMessages ?? false, permits);
    const template = platformTemplate(stage);
    const [, { Properties: { Role = undefined, Environment = undefined } = {} } = assert.fail()] =
      resourcesOf(template, 'AWS::Lambda::Function').find(([, { Metadata }]) =>
        String(Metadata?.['aws:cdk:path']).includes('/plan-redrive/'),
      ) ?? assert.fail();
    const [roleId = assert.fail()] = (Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
    const { MESSAGE_EDITS } = (Environment as { Variables: Record<string, string> }).Variables;
    assert.equal(MESSAGE_EDITS, permits ? 'on' : 'off');
    const actions = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${roleId}"`))
      .flatMap(
        ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement,
      )
      .flatMap(({ Action }) => Action);
    assert.deepEqual(actions.filter((action) => EDITING.includes(action)).sort(), permits ? EDITING : []);
  });
