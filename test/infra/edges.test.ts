import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { DOCUMENTED_ROUTES } from '#test/support/documented-routes.ts';
import { platformTemplate, type Resource, resourcesOf, type Template } from '#test/support/template.ts';

/**
 * The policies of *resources*, which the gateway of the local cloud does not evaluate. They are compared as a whole, so
 * that every added, widened or removed permission shows in a review.
 */
type Statement = { Effect: string; Principal: unknown; Action: string; Resource: unknown; Condition?: unknown };

describe('the permissions between services', () => {
  let template: Template;
  before(() => {
    template = platformTemplate('dev');
  });

  /** The construct path in the stack, such as `topic` or `send-email-subscriber/queue`. */
  const nameOf = (logicalId: string): string => {
    const path = String(template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? logicalId);
    return path.replace(/^counterfoil-dev\//, '').replace(/\/Resource$/, '');
  };
  const readable = (value: unknown): string =>
    JSON.stringify(value)
      .replace(/\{"Ref":"([^"]+)"\}/g, (_, id) => JSON.stringify(nameOf(id)))
      .replace(/\{"Fn::GetAtt":\["([^"]+)","Arn"\]\}/g, (_, id) => JSON.stringify(nameOf(id)))
      .replace(/\{"Fn::Join":\["",(\[[^\]]*\])\]\}/g, (_, parts) => JSON.stringify(JSON.parse(parts).join('')));

  const principalOf = ({ Principal }: Statement): string => {
    const { Service } = Principal as { Service?: string };
    return Service ?? '*';
  };
  const edgesOf = (type: string): string[] =>
    resourcesOf(template, type).flatMap(([, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement.map((statement) => {
        const { Effect, Action, Resource, Condition } = statement;
        const on = JSON.parse(readable(Resource));
        return `${Effect} ${principalOf(statement)} ${Action} on ${on}${Condition ? ` if ${readable(Condition)}` : ''}`;
      }),
    );

  const invokersOf = (principal: string): Resource[] =>
    resourcesOf(template, 'AWS::Lambda::Permission')
      .map(([, permission]) => permission)
      .filter(({ Properties }) => Properties.Principal === principal);

  const plain = '{"Bool":{"aws:SecureTransport":"false"}}';
  const from = (topic: string): string => `{"ArnEquals":{"aws:SourceArn":"${topic}"}}`;
  const subscribers: [subscriber: string, topic: string][] = [
    ['send-email-subscriber', 'topic'],
    ['send-sms-subscriber', 'topic'],
    ['post-webhook-subscriber', 'topic'],
    ['release-attachments-subscriber', 'topic'],
    ['project-statistics-subscriber', 'topic'],
    ['project-orders-subscriber', 'topic'],
    ['run-process-subscriber', 'topic'],
    ['request-webhooks-subscriber', 'topic'],
    ['record-feedback-subscriber', 'mail/events'],
  ];

  it('lets only the topic send to a queue and to its SNS dead-letter queue, and no service to other dead-letter queues', () => {
    const expected = subscribers.flatMap(([subscriber, topic]) => [
      ...['queue', 'dead-letters', 'undeliverable'].map(
        (queue) => `Deny * sqs:* on ${subscriber}/${queue} if ${plain}`,
      ),
      ...['queue', 'undeliverable'].map(
        (queue) => `Allow sns.amazonaws.com sqs:SendMessage on ${subscriber}/${queue} if ${from(topic)}`,
      ),
    ]);
    // It has no dead-letter queues.
    const hints = [
      `Deny * sqs:* on hints/queue if ${plain}`,
      `Allow sns.amazonaws.com sqs:SendMessage on hints/queue if ${from('topic')}`,
    ];
    assert.deepEqual(edgesOf('AWS::SQS::QueuePolicy').sort(), [...expected, ...hints].sort());
  });

  it('lets only SES and alarms of this stage and account publish to their topics', () => {
    const account = '{"StringEquals":{"AWS:SourceAccount":"AWS::AccountId"},"ArnLike":{"AWS:SourceArn":';
    const allowed = edgesOf('AWS::SNS::TopicPolicy').filter((edge) => edge.startsWith('Allow'));
    const [alarms, ses, ...others] = allowed.sort();
    assert.deepEqual(others, []);
    assert.ok(ses?.startsWith(`Allow ses.amazonaws.com sns:Publish on mail/events if ${account}`), ses);
    assert.match(ses ?? '', /configuration-set/);
    // A topic policy replaces SNS's default policy, which would let any service of the account publish.
    assert.ok(alarms?.startsWith(`Allow cloudwatch.amazonaws.com sns:Publish on alarms/topic if ${account}`), alarms);
    assert.match(alarms ?? '', /:cloudwatch:.*:alarm:counterfoil-dev-\*"/);
    assert.deepEqual(
      edgesOf('AWS::SNS::TopicPolicy')
        .filter((edge) => edge.startsWith('Deny'))
        .sort(),
      ['alarms/topic', 'mail/events', 'topic'].map((topic) => `Deny * sns:Publish on ${topic} if ${plain}`),
    );
  });

  it('creates the topic’s policy before SES’s event destination', () => {
    const [[, destination] = assert.fail()] = resourcesOf(template, 'AWS::SES::ConfigurationSetEventDestination');
    const { DependsOn = [] } = destination;
    assert.ok(DependsOn.map(nameOf).includes('mail/events/Policy'), DependsOn.join());
  });

  it('lets only this API invoke the functions of its routes, through their alias', () => {
    const edges = invokersOf('apigateway.amazonaws.com').map(({ Properties }) => {
      const { Action, FunctionName, SourceArn } = Properties;
      const parts = (SourceArn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
      assert.match(readable(SourceArn), /api\/http-api/);
      return `${Action} ${JSON.parse(readable(FunctionName))} from ${parts.at(-1)}`;
    });
    const serving = (method: string, key: string): string =>
      method === 'GET' ? 'serve-query' : key === 'POST /redrives' ? 'plan-redrive' : 'handle-command';
    const functions = new Set(DOCUMENTED_ROUTES.map(({ key, method }) => serving(method, key)));
    const expected = [...functions].map((name) => `lambda:InvokeFunction ${name}/live from /*/*/*`);
    assert.deepEqual(edges.sort(), expected.sort());
  });

  it('lets only Cognito invoke the token trigger, for its own pool, and grants no other invocation', () => {
    const [{ Properties } = assert.fail(), ...others] = invokersOf('cognito-idp.amazonaws.com');
    assert.deepEqual(others, []);
    assert.equal(JSON.parse(readable(Properties.FunctionName)), 'add-tenant-claim/function');
    assert.match(readable(Properties.SourceArn), /tokens\/pool/);
    assert.equal(
      resourcesOf(template, 'AWS::Lambda::Permission').length,
      2 + invokersOf('apigateway.amazonaws.com').length,
    );
  });

  it('lets only the dead-letter alarm of this account invoke redrive-on-alarm', () => {
    const [{ Properties } = assert.fail(), ...others] = invokersOf('lambda.alarms.cloudwatch.amazonaws.com');
    assert.deepEqual(others, []);
    assert.equal(JSON.parse(readable(Properties.FunctionName)), 'redrive-on-alarm/function');
    assert.match(readable(Properties.SourceArn), /alarms\/dead-letters/);
    assert.ok(Properties.SourceAccount);
  });

  it('lets the scheduler invoke wake-due, run-redrive, run-replay, watch-lanes and redrive-on-alarm, by one role, and nothing else', () => {
    const invoked = resourcesOf(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => {
      const { RoleArn, Arn } = Properties.Target as { RoleArn: unknown; Arn: unknown };
      const [name, role] = [JSON.parse(readable(Arn)), JSON.parse(readable(RoleArn))];
      const statements = resourcesOf(template, 'AWS::IAM::Policy')
        .filter(([, policy]) => readable(policy.Properties.Roles).includes(`"${role}"`))
        .flatMap(([, policy]) => (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement);
      assert.ok(statements.every(({ Action }) => Action === 'lambda:InvokeFunction'));
      assert.equal(statements.filter(({ Resource }) => readable(Resource).includes(name)).length, 1);
      return name;
    });
    assert.deepEqual(invoked.sort(), [
      'redrive-on-alarm/function',
      'run-redrive/function',
      'run-replay/function',
      'wake-due/function',
      'watch-lanes/function',
    ]);
  });

  it('lets no service assume a role for another account; only Lambda’s roles have no condition, because Lambda checks the account', () => {
    const trusts = resourcesOf(template, 'AWS::IAM::Role').flatMap(([logicalId, { Properties }]) =>
      (Properties.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement.map((statement) => ({
        role: nameOf(logicalId),
        service: (statement.Principal as { Service: string }).Service,
        condition: statement.Condition as { StringEquals?: Record<string, unknown> } | undefined,
      })),
    );
    const others = trusts.filter(({ service }) => service !== 'lambda.amazonaws.com');
    assert.deepEqual(
      others.map(({ role }) => role),
      ['scheduler-role'],
    );
    for (const { service, condition } of others) {
      assert.equal(service, 'scheduler.amazonaws.com');
      const { 'aws:SourceAccount': account, 'aws:SourceArn': group } = condition?.StringEquals ?? {};
      assert.deepEqual(account, { Ref: 'AWS::AccountId' });
      assert.match(readable(group), /:scheduler:.*:schedule-group\/default/);
    }
  });
});
