import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StageSettings } from '#infra/settings.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const POOL = 'arn:aws:sms-voice:eu-central-1:123456789012:pool/pool-1a';

/** The name in the template. */
const CONFIGURATION_SET = {
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':sms-voice:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ':configuration-set/counterfoil-dev',
    ],
  ],
};

type Statement = { Action: string | string[]; Resource?: unknown; NotResource?: unknown };

/** The variables of the SMS sender that configure the gateway. */
function origin(template: Template): Record<string, unknown> {
  const variables = resourcesOf(template, 'AWS::Lambda::Function')
    .map(([, { Properties }]) => (Properties.Environment as { Variables: Record<string, unknown> })?.Variables ?? {})
    .filter((environment) => environment.POWERTOOLS_SERVICE_NAME === FUNCTION.sendSms);
  assert.equal(variables.length, 1);
  const names: string[] = [ENV.originationIdentity, ENV.smsConfigurationSet, ENV.originationNumber, ENV.senderId];
  return Object.fromEntries(Object.entries(variables[0] ?? {}).filter(([name]) => names.includes(name)));
}

/** Every statement that allows sending a text message. */
const letOut = (template: Template): Statement[] =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .filter(
      ({ Action, NotResource }) => [Action].flat().includes('sms-voice:SendTextMessage') || NotResource !== undefined,
    );

describe('The gateway of text messages', () => {
  const cases: [what: string, sms: StageSettings['sms'], variables: Record<string, string>, allowed: Statement][] = [
    [
      'SNS, which picks the number',
      { gateway: 'sns', ratePerSecond: 1 },
      {},
      { Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' },
    ],
    [
      'SNS, with a number and a name',
      { gateway: 'sns', ratePerSecond: 1, originationNumber: '+43800100200', senderId: 'SHOP' },
      { ORIGINATION_NUMBER: '+43800100200', SENDER_ID: 'SHOP' },
      { Action: 'sns:Publish', NotResource: 'arn:*:sns:*:*:*' },
    ],
    [
      'End User Messaging',
      { gateway: 'end-user-messaging', ratePerSecond: 1, originationIdentity: POOL },
      { ORIGINATION_IDENTITY: POOL, SMS_CONFIGURATION_SET: 'counterfoil-dev' },
      { Action: 'sms-voice:SendTextMessage', Resource: [POOL, CONFIGURATION_SET] },
    ],
  ];
  for (const [what, sms, variables, allowed] of cases) {
    it(`${what}: the sender knows and may use only this gateway`, () => {
      const template = templateWith('dev', (settings) => ({ ...settings, sms }));
      assert.deepEqual(origin(template), variables);
      assert.deepEqual(letOut(template), [{ ...allowed, Effect: 'Allow' }]);
    });
  }

  it('publishes events, if it has any, to a separate topic, queue and function, and keeps them for days', () => {
    const eventsOf = (sms: StageSettings['sms']) => {
      const template = templateWith('dev', (settings) => ({ ...settings, sms }));
      return {
        sets: resourcesOf(template, 'AWS::SMSVOICE::ConfigurationSet').map(([, { Properties }]) => Properties),
        queues: resourcesOf(template, 'AWS::SQS::Queue')
          .filter(([name]) => name.startsWith('recordsmsfeedback'))
          .map(([, { Properties }]) => Number(Properties.MessageRetentionPeriod) / 86_400)
          .sort(),
        publishers: JSON.stringify(resourcesOf(template, 'AWS::SNS::TopicPolicy')).match(/sms-voice\.amazonaws\.com/g),
      };
    };
    const { sets, queues, publishers } = eventsOf({
      gateway: 'end-user-messaging',
      ratePerSecond: 1,
      originationIdentity: POOL,
    });
    assert.equal(sets.length, 1);
    const destinations = sets[0]?.EventDestinations as { Enabled: boolean; MatchingEventTypes: string[] }[] | undefined;
    assert.deepEqual(
      destinations?.map(({ Enabled, MatchingEventTypes }) => [Enabled, MatchingEventTypes]),
      [[true, ['TEXT_ALL']]],
    );
    assert.deepEqual(queues, [4, 7, 7]);
    assert.equal(publishers?.length, 1);
    assert.deepEqual(eventsOf({ gateway: 'sns', ratePerSecond: 1 }), { sets: [], queues: [], publishers: null });
  });

  it('is configured in the sender', () => {
    for (const [, sms] of cases) {
      const template = templateWith('dev', (settings) => ({ ...settings, sms }));
      const sender = resourcesOf(template, 'AWS::Lambda::Function').find(([name]) => name.startsWith('sendsms'));
      const { Properties } = sender?.[1] ?? assert.fail();
      const { Variables } = Properties.Environment as { Variables: Record<string, string> };
      assert.equal(Variables[ENV.smsGateway], sms.gateway);
    }
  });
});
