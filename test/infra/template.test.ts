import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ENV, FUNCTION } from '#shared/names.ts';
import { type Resource, resourcesOf, synthesizedTemplate, type Template } from '#test/support/template.ts';

type Statement = {
  Effect: string;
  Action: string | string[];
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
};

const list = <Value>(value: Value | Value[]): Value[] => (Array.isArray(value) ? value : [value]);
const environmentOf = ({ Properties }: Resource): Record<string, string> =>
  (Properties.Environment as { Variables: Record<string, string> }).Variables;

for (const stage of ['local', 'dev']) {
  describe(`the template of stage ${stage}`, () => {
    let template: Template;
    before(async () => {
      template = await synthesizedTemplate(stage);
    });
    const functions = () => resourcesOf(template, 'AWS::Lambda::Function');
    const statements = (): Statement[] =>
      resourcesOf(template, 'AWS::IAM::Policy').flatMap(
        ([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
      );

    it('has one Lambda for each folder, on Node 24 and ARM, each with a log group that forgets', () => {
      const names = functions().map(([, resource]) => environmentOf(resource).POWERTOOLS_SERVICE_NAME);
      assert.deepEqual(names.sort(), Object.values(FUNCTION).sort());
      for (const [id, { Properties }] of functions()) {
        assert.equal(Properties.Runtime, 'nodejs24.x', id);
        assert.deepEqual(Properties.Architectures, ['arm64'], id);
        const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
        assert.ok(template.Resources[LogGroup.Ref]?.Properties.RetentionInDays, id);
        assert.equal(Properties.ReservedConcurrentExecutions, undefined, id);
      }
    });

    it('keeps the table restorable and streams both images', () => {
      const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
      assert.deepEqual(Properties.StreamSpecification, { StreamViewType: 'NEW_AND_OLD_IMAGES' });
      assert.deepEqual(Properties.TimeToLiveSpecification, { AttributeName: 'expiresAt', Enabled: true });
      const [replica] = Properties.Replicas as { PointInTimeRecoverySpecification: unknown }[];
      assert.deepEqual(replica?.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
    });

    it('gives every subscription and every subscribed queue a dead-letter queue of its own, never shared', () => {
      const deadLetterQueues = [
        ...resourcesOf(template, 'AWS::SNS::Subscription'),
        ...resourcesOf(template, 'AWS::SQS::Queue').filter(([, { Properties }]) => Properties.RedrivePolicy),
      ].map(([, { Properties }]) =>
        JSON.stringify((Properties.RedrivePolicy as { deadLetterTargetArn: unknown }).deadLetterTargetArn),
      );
      assert.equal(deadLetterQueues.length, 6);
      assert.equal(new Set(deadLetterQueues).size, 6);
      for (const [id, { Properties }] of resourcesOf(template, 'AWS::SNS::Subscription')) {
        assert.equal(Properties.RawMessageDelivery, true, id);
      }
    });

    it('encrypts every queue and refuses plain connections to queues and topic', () => {
      const queues = resourcesOf(template, 'AWS::SQS::Queue');
      for (const [id, { Properties }] of queues) assert.equal(Properties.SqsManagedSseEnabled, true, id);
      const policies = [
        ...resourcesOf(template, 'AWS::SQS::QueuePolicy'),
        ...resourcesOf(template, 'AWS::SNS::TopicPolicy'),
      ];
      assert.equal(policies.length, queues.length + 2);
      for (const [id, { Properties }] of policies) {
        const denials = (Properties.PolicyDocument as { Statement: Statement[] }).Statement.filter(
          ({ Effect }) => Effect === 'Deny',
        );
        assert.deepEqual(
          denials.map(({ Condition }) => Condition),
          [{ Bool: { 'aws:SecureTransport': 'false' } }],
          id,
        );
      }
    });

    it('reads the stream from its beginning, new outbox rows only, and never blocks on one', () => {
      const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(
        ([, mapping]) => mapping.Properties.StartingPosition,
      );
      assert.equal(Properties.StartingPosition, 'TRIM_HORIZON');
      const [{ Pattern } = assert.fail()] = (Properties.FilterCriteria as { Filters: { Pattern: string }[] }).Filters;
      assert.deepEqual(JSON.parse(Pattern), {
        eventName: ['INSERT'],
        dynamodb: { Keys: { sk: { S: [{ prefix: 'OUTBOX#' }] } } },
      });
      assert.ok((Properties.MaximumRetryAttempts as number) <= 3);
      assert.ok((Properties.MaximumRecordAgeInSeconds as number) <= 300);
    });

    it('lets no tick of wake-due be repeated or hoarded: the next minute comes anyway', () => {
      const configurations = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig');
      assert.deepEqual(
        configurations.map(([, { Properties }]) => [
          Properties.MaximumRetryAttempts,
          Properties.MaximumEventAgeInSeconds,
        ]),
        [[0, 60]],
      );
    });

    it('fits lease, timeouts, visibility and retries to each other', () => {
      for (const [id, resource] of functions()) {
        const environment = environmentOf(resource);
        const leaseSeconds = Number(environment[ENV.leaseSeconds]);
        if (!Number.isFinite(leaseSeconds)) continue;
        const timeoutSeconds = resource.Properties.Timeout as number;
        const providerSeconds = Number(environment[ENV.providerTimeoutMs]) / 1000;
        // A claim taken at the end of an invocation must outlive the call made under it.
        assert.ok(leaseSeconds > timeoutSeconds + providerSeconds, id);
        assert.ok(timeoutSeconds > providerSeconds, id);
      }
      const timeouts = new Map(functions().map(([id, { Properties }]) => [id, Properties.Timeout as number]));
      const queueMappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(
        ([, { Properties }]) => Properties.ScalingConfig,
      );
      assert.equal(queueMappings.length, 3);
      for (const [id, { Properties }] of queueMappings) {
        const [queue] = (Properties.EventSourceArn as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
        const visibility = template.Resources[queue as string]?.Properties.VisibilityTimeout;
        assert.equal(visibility, 6 * (timeouts.get((Properties.FunctionName as { Ref: string }).Ref) ?? 0), id);
      }
    });

    it('allows no function everything of a service, nor anything on everything', () => {
      assert.ok(statements().length > 10);
      for (const statement of statements()) {
        for (const action of list(statement.Action)) assert.doesNotMatch(action, /\*/);
        for (const resource of list(statement.Resource)) assert.notEqual(resource, '*');
      }
    });

    it('lets e-mail out by the identity and the configuration set, and text messages to numbers only', () => {
      const actionsOn = (action: string) => statements().filter(({ Action }) => list(Action).includes(action));
      const [mail = assert.fail()] = actionsOn('ses:SendEmail');
      const resources = JSON.stringify(mail.Resource);
      assert.match(resources, /:identity\//);
      assert.match(resources, /:configuration-set\//);
      const text = actionsOn('sns:Publish').filter(({ NotResource }) => NotResource !== undefined);
      assert.deepEqual(
        text.map(({ NotResource }) => NotResource),
        ['arn:*:sns:*:*:*'],
      );
    });

    it('asks for a token with a scope on every route but the description of the API', () => {
      const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
        Properties.RouteKey,
        Properties.AuthorizationType ?? 'NONE',
        list(Properties.AuthorizationScopes ?? []).join(),
      ]);
      assert.deepEqual(routes.sort(), [
        ['GET /dead-letters', 'JWT', 'counterfoil/operations'],
        ['GET /openapi.json', 'NONE', ''],
        ['GET /orders/{orderId}', 'JWT', 'counterfoil/orders:read'],
        ['POST /orders', 'JWT', 'counterfoil/orders:write'],
        ['POST /orders/{orderId}/items', 'JWT', 'counterfoil/orders:write'],
      ]);
    });
  });
}
