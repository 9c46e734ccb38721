import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';
import { lossesIn } from '#infra/account/change-set.ts';

/** A change of the destination of SES's events, as DescribeChangeSet returns it. */
const destination = (Details: ResourceChangeDetail[], Replacement: ResourceChange['Replacement'] = 'Conditional') => ({
  Action: 'Modify' as const,
  LogicalResourceId: 'maileventdestination5443E29C',
  ResourceType: 'AWS::SES::ConfigurationSetEventDestination',
  Replacement,
  Details,
});
const set = (Replacement: ResourceChange['Replacement']) => ({
  Action: 'Modify' as const,
  LogicalResourceId: 'somethingelse',
  ResourceType: 'AWS::Lambda::Function',
  Replacement,
});
const recreating = (more: ResourceChangeDetail): ResourceChangeDetail => ({
  Target: { Attribute: 'Properties', Name: 'ConfigurationSetName', RequiresRecreation: 'Always' },
  Evaluation: 'Dynamic',
  ...more,
});
const byId = recreating({ ChangeSource: 'ResourceReference', CausingEntity: 'somethingelse' });
const byArn = recreating({ ChangeSource: 'ResourceAttribute', CausingEntity: 'somethingelse.Arn' });

describe('a change set', () => {
  const cases: [what: string, changes: ResourceChange[], verb: string | undefined][] = [
    ['replaces', [destination([], 'True')], 'replace'],
    ['changes in place', [destination([], 'False')], undefined],
    ['removes', [{ ...destination([]), Replacement: undefined, Action: 'Remove' }], 'remove'],
    ['adds', [{ ...destination([]), Replacement: undefined, Action: 'Add' }], undefined],
    ['is conditional without a cause', [destination([])], 'perhaps replace'],
    ['depends on the id of a kept resource', [set('False'), destination([byId])], undefined],
    ['depends on the ARN of a kept resource', [set('False'), destination([byArn])], undefined],
    ['depends on the id of a replaced resource', [set('True'), destination([byId])], 'perhaps replace'],
    ['depends on the ARN of a replaced resource', [set('True'), destination([byArn])], 'perhaps replace'],
    [
      'depends on an attribute that may change by itself',
      [set('False'), destination([recreating({ ...byArn, CausingEntity: 'somethingelse.StreamArn' })])],
      'perhaps replace',
    ],
    [
      'depends on a parameter',
      [destination([recreating({ ChangeSource: 'ParameterReference', CausingEntity: 'MachineClients' })])],
      'perhaps replace',
    ],
    [
      'directly changes a property that may require replacement',
      [destination([recreating({ Evaluation: 'Static', ChangeSource: 'DirectModification' })])],
      'perhaps replace',
    ],
    [
      'has one cause that never replaces, and one that may',
      [set('True'), destination([{ Target: { RequiresRecreation: 'Never' } }, byId])],
      'perhaps replace',
    ],
    ['has only causes that never replace', [destination([{ Target: { RequiresRecreation: 'Never' } }])], undefined],
  ];
  for (const [what, changes, verb] of cases) {
    it(`${verb ? 'loses' : 'keeps'} evidence when it ${what}`, () => {
      assert.deepEqual(
        lossesIn(changes).map(({ logicalId, verb: found }) => [logicalId, found]),
        verb === undefined ? [] : [['maileventdestination5443E29C', verb]],
      );
    });
  }

  it('loses nothing with a function or its log, but loses evidence with the access log', () => {
    const log = (LogicalResourceId: string): ResourceChange => ({
      Action: 'Modify',
      LogicalResourceId,
      ResourceType: 'AWS::Logs::LogGroup',
      Replacement: 'True',
    });
    const losses = lossesIn([set('True'), log('wakeduelogs65C0A70F'), log('apiaccesslog4D1D34A2')]);
    assert.deepEqual(
      losses.map(({ logicalId }) => logicalId),
      ['apiaccesslog4D1D34A2'],
    );
  });
});
