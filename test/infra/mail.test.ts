import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sesOf } from '#infra/settings.ts';
import { resourcesOf, type Template, templateWith } from '#test/support/template.ts';

const withEmail = (email: Partial<ReturnType<typeof sesOf>>): Template =>
  templateWith('dev', (settings) => ({ ...settings, email: { ...sesOf(settings), ...email } }));

const identitiesIn = (template: Template): unknown[] =>
  resourcesOf(template, 'AWS::SES::EmailIdentity').map(([, { Properties }]) => Properties.EmailIdentity);
const dkimOutputs = ({ Outputs = {} }: Template): string[] =>
  Object.keys(Outputs).filter((name) => name.startsWith('maildkim'));

/** The senders and recipients that the functions may use. */
const sendingResources = (template: Template): string[] =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string }[] }).Statement)
    .filter(({ Action }) => Action === 'ses:SendEmail')
    .map((statement) => JSON.stringify((statement as { Resource?: unknown }).Resource));

describe('the e-mail setup', () => {
  it('creates a domain identity with its DNS records, or an address identity, or nothing if the identity exists', () => {
    const domain = withEmail({});
    assert.deepEqual([identitiesIn(domain), dkimOutputs(domain).length], [['dev.shop.example'], 3]);
    const address = withEmail({ sender: 'me@shop.example', identity: 'me@shop.example' });
    assert.deepEqual([identitiesIn(address), dkimOutputs(address).length], [['me@shop.example'], 0]);
    const existing = withEmail({ identityOwner: 'existing' });
    assert.deepEqual([identitiesIn(existing), dkimOutputs(existing).length], [[], 0]);
  });

  it('lets senders write to identities of the same account, for which SES requires a permission', () => {
    const grants = sendingResources(withEmail({ recipientIdentities: ['me@home.example', 'friends.example'] }));
    assert.equal(grants.length, 2);
    for (const grant of grants) {
      for (const part of [
        ':identity/dev.shop.example',
        ':identity/me@home.example',
        ':identity/friends.example',
        ':configuration-set/',
      ]) {
        assert.ok(grant.includes(part), `${part} in ${grant}`);
      }
    }
  });

  it('disables SES’s suppression list and its e-mails about bounces', () => {
    const template = withEmail({});
    const [[, set] = assert.fail()] = resourcesOf(template, 'AWS::SES::ConfigurationSet');
    assert.deepEqual(set.Properties.SuppressionOptions, { SuppressedReasons: [] });
    const [[, identity] = assert.fail()] = resourcesOf(template, 'AWS::SES::EmailIdentity');
    assert.deepEqual(identity.Properties.FeedbackAttributes, { EmailForwardingEnabled: false });
  });

  const eventTypes = (template: Template): string[] => {
    const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::SES::ConfigurationSetEventDestination');
    return (Properties.EventDestination as { MatchingEventTypes: string[] }).MatchingEventTypes;
  };

  it('receives every event, and opens and clicks only if the settings enable them', () => {
    const all = ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT', 'DELIVERY_DELAY', 'REJECT', 'RENDERING_FAILURE'];
    assert.deepEqual(eventTypes(withEmail({})), all);
    assert.deepEqual(eventTypes(withEmail({ tracking: false })), all);
    assert.deepEqual(eventTypes(withEmail({ tracking: true })), [...all, 'OPEN', 'CLICK']);
  });

  it('stores events encrypted and for days, and dead letters longer than queued events', () => {
    for (const [stage, encrypted] of [
      ['dev', { SqsManagedSseEnabled: true }],
      ['prod', { KmsMasterKeyId: 'key' }],
    ] as const) {
      const queues = resourcesOf(
        templateWith(stage, (settings) => settings),
        'AWS::SQS::Queue',
      ).filter(([name]) => name.startsWith('recordfeedback'));
      const shown = queues.map(([name, { Properties }]) => {
        const { MessageRetentionPeriod, KmsMasterKeyId, SqsManagedSseEnabled } = Properties;
        return [
          name.replace(/^recordfeedbacksubscriber|[0-9A-F]{8}$/g, ''),
          Number(MessageRetentionPeriod) / 86_400,
          {
            ...(SqsManagedSseEnabled === true && { SqsManagedSseEnabled }),
            ...(KmsMasterKeyId !== undefined && { KmsMasterKeyId: 'key' }),
          },
        ];
      });
      assert.deepEqual(shown.sort(), [
        ['deadletters', 7, encrypted],
        ['queue', 4, encrypted],
        ['undeliverable', 7, encrypted],
      ]);
    }
  });
});
