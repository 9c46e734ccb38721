import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { functionNames } from '#infra/functions.ts';
import { matchesPattern } from '#infra/local/mappings/pattern.ts';
import { settingsOf } from '#infra/stages.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { REDRIVE, type Redrive } from '#shared/redrive/redrive.ts';
import { DOCUMENTED_ROUTES } from '#test/support/documented-routes.ts';
import {
  platformTemplate,
  type Resource,
  resourcesOf,
  synthesizedTemplate,
  type Template,
} from '#test/support/template.ts';

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

/** Routes whose answer waits. */
const WAITING = ['PUT /settings/webhooks'];
/** The queue of hints to pages. Nothing in it has to arrive. */
const MAY_BE_LOST = /^hintsqueue/;

for (const stage of ['local', 'dev', 'staging', 'prod']) {
  const settings = settingsOf(stage);
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

    it('has one Lambda function for each folder, on Node 24 and ARM, each with a log group that expires', () => {
      const names = functions().map(([, resource]) => environmentOf(resource).POWERTOOLS_SERVICE_NAME);
      const tellsOfTexts = settings.sms.gateway === 'end-user-messaging';
      const isAbsent = (name: string): boolean =>
        name === FUNCTION.receiveEmailEvents || (name === FUNCTION.recordSmsFeedback && !tellsOfTexts);
      const expected = functionNames().filter((name) => !isAbsent(name));
      assert.deepEqual(names.sort(), expected.sort());
      for (const [id, { Properties }] of functions()) {
        assert.equal(Properties.Runtime, 'nodejs24.x', id);
        assert.deepEqual(Properties.Architectures, ['arm64'], id);
        const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
        assert.ok(template.Resources[LogGroup.Ref]?.Properties.RetentionInDays, id);
        assert.equal(Properties.ReservedConcurrentExecutions, undefined, id);
      }
    });

    it('enables point-in-time recovery of the table, and a stream with both images', () => {
      const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
      assert.deepEqual(Properties.StreamSpecification, { StreamViewType: 'NEW_AND_OLD_IMAGES' });
      assert.deepEqual(Properties.TimeToLiveSpecification, { AttributeName: 'expiresAt', Enabled: true });
      const [replica] = Properties.Replicas as { PointInTimeRecoverySpecification: unknown }[];
      assert.deepEqual(replica?.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
    });

    it('gives every subscription and every subscribed queue a separate dead-letter queue', () => {
      const subscriptions = resourcesOf(template, 'AWS::SNS::Subscription').filter(
        ([id, { Properties }]) => Properties.Protocol === 'sqs' && !MAY_BE_LOST.test(id),
      );
      const deadLetterQueues = [
        ...subscriptions,
        ...resourcesOf(template, 'AWS::SQS::Queue').filter(([, { Properties }]) => Properties.RedrivePolicy),
      ].map(([, { Properties }]) =>
        JSON.stringify((Properties.RedrivePolicy as { deadLetterTargetArn: unknown }).deadLetterTargetArn),
      );
      assert.ok(subscriptions.length >= 3);
      assert.equal(deadLetterQueues.length, 2 * subscriptions.length);
      assert.equal(new Set(deadLetterQueues).size, deadLetterQueues.length);
      for (const [id, { Properties }] of subscriptions) {
        assert.equal(Properties.RawMessageDelivery, true, id);
      }
    });

    it('tells every subscriber which receive is the last, so that it records the error itself', () => {
      const queues = new Map(resourcesOf(template, 'AWS::SQS::Queue'));
      const subscribers = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
        const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
        const own = Variables[ENV.ownQueue] as { Ref: string } | undefined;
        return own ? [{ id, queue: queues.get(own.Ref), mostReceives: Variables[ENV.mostReceives] }] : [];
      });
      assert.ok(subscribers.length >= 3);
      for (const { id, queue, mostReceives } of subscribers) {
        const policy = queue?.Properties.RedrivePolicy as { maxReceiveCount: number } | undefined;
        assert.equal(mostReceives, String(policy?.maxReceiveCount), id);
      }
    });

    it('encrypts every queue, and refuses unencrypted connections to queues and topic', () => {
      const queues = resourcesOf(template, 'AWS::SQS::Queue');
      const ownKey = settings.encryption === 'customer-key';
      for (const [id, { Properties }] of queues) {
        assert.deepEqual(
          [Properties.SqsManagedSseEnabled, Properties.KmsMasterKeyId !== undefined],
          ownKey ? [undefined, true] : [true, false],
          id,
        );
      }
      for (const [id, { Properties }] of resourcesOf(template, 'AWS::SNS::Topic')) {
        assert.equal(Properties.KmsMasterKeyId !== undefined, ownKey, id);
      }
      const [[, table] = assert.fail()] = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
      assert.equal(
        (table.Properties.SSESpecification as { SSEType?: string } | undefined)?.SSEType,
        ownKey ? 'KMS' : undefined,
      );
      const policies = [
        ...resourcesOf(template, 'AWS::SQS::QueuePolicy'),
        ...resourcesOf(template, 'AWS::SNS::TopicPolicy'),
      ];
      assert.equal(policies.length, queues.length + resourcesOf(template, 'AWS::SNS::Topic').length);
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

    it('reads new outbox rows of the stream from its beginning, and never blocks on one row', () => {
      const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(
        ([
          ,
          {
            Properties: { StartingPosition, FunctionName },
          },
        ]) => StartingPosition && JSON.stringify(FunctionName).includes('relayoutbox'),
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

    it('invokes run-redrive at once when a redrive is started or resumed, and not for its progress', () => {
      const [[, { Properties }] = assert.fail()] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(
        ([, mapping]) =>
          mapping.Properties.StartingPosition && JSON.stringify(mapping.Properties.FunctionName).includes('runredrive'),
      );
      const [{ Pattern } = assert.fail()] = (Properties.FilterCriteria as { Filters: { Pattern: string }[] }).Filters;
      const image = (status: Redrive['status']) => ({
        type: { S: REDRIVE.name },
        state: { M: { status: { S: status } } },
      });
      const isPassed = (before: Redrive['status'], after: Redrive['status']): boolean =>
        matchesPattern(JSON.parse(Pattern), {
          eventName: 'MODIFY',
          dynamodb: { OldImage: image(before), NewImage: image(after) },
        });
      assert.ok(isPassed('planned', 'running') && isPassed('paused', 'running'));
      assert.ok(!isPassed('running', 'running') && !isPassed('running', 'paused') && !isPassed('running', 'done'));
    });

    it('retains data and protects the stack only if the settings say so', () => {
      const kept = [
        'AWS::DynamoDB::GlobalTable',
        'AWS::SecretsManager::Secret',
        'AWS::Cognito::UserPool',
        'AWS::KMS::Key',
      ];
      const policies = kept.flatMap((type) =>
        resourcesOf(template, type).map(([, { DeletionPolicy }]) => DeletionPolicy),
      );
      assert.ok(policies.length >= 3);
      const policy = settings.removal === 'retain' ? 'Retain' : 'Delete';
      for (const found of policies) assert.equal(found, policy);
    });

    it('enables tracing only if the settings say so', () => {
      for (const [id, { Properties }] of functions()) {
        assert.deepEqual(Properties.TracingConfig, settings.tracing ? { Mode: 'Active' } : undefined, id);
      }
      const xray = statements().map(({ Action }) => list(Action).filter((action) => action.startsWith('xray:')));
      const allowed = [...new Set(xray.flat())].sort();
      assert.deepEqual(allowed, settings.tracing ? ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'] : []);
      assert.equal(xray.filter(({ length }) => length > 0).length, settings.tracing ? functions().length : 0);
    });

    it('does not retry or queue invocations of a schedule, because the next minute starts another one', () => {
      const configurations = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig');
      assert.deepEqual(
        configurations.map(([, { Properties }]) => [
          Properties.MaximumRetryAttempts,
          Properties.MaximumEventAgeInSeconds,
        ]),
        [
          [0, 60],
          // redrive-on-alarm: an alarm reports a change once.
          [2, 3600],
          [0, 60],
          [0, 60],
          [0, 60],
        ],
      );
    });

    it('allows no function a wildcard action or a wildcard resource', () => {
      assert.ok(statements().length > 10);
      for (const statement of statements()) {
        for (const action of list(statement.Action)) assert.doesNotMatch(action, /\*/);
        const tracing = list(statement.Action).every((action) => action.startsWith('xray:Put'));
        if (tracing && settings.tracing) continue;
        for (const resource of list(statement.Resource)) assert.notEqual(resource, '*');
      }
    });

    it('allows e-mail only by the identity and the configuration set, and SMS only to numbers', () => {
      const actionsOn = (action: string) => statements().filter(({ Action }) => list(Action).includes(action));
      const [mail = assert.fail()] = actionsOn('ses:SendEmail');
      const resources = JSON.stringify(mail.Resource);
      assert.match(resources, /:identity\//);
      assert.match(resources, /:configuration-set\//);
      const text = actionsOn('sns:Publish').filter(({ NotResource }) => NotResource !== undefined);
      const { gateway } = settings.sms;
      assert.ok(text.every(({ NotResource }) => NotResource === 'arn:*:sns:*:*:*'));
      if (gateway === 'sns') assert.equal(text.length, 1);
      if (gateway === 'end-user-messaging') assert.equal(text.length, 0);
      assert.equal(actionsOn('sms-voice:SendTextMessage').length, gateway === 'end-user-messaging' ? 1 : 0);
    });

    it('limits anonymous requests, and requests that wait, to a part of a new account’s ten concurrent executions', () => {
      const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route');
      const keyOf = ({ Properties }: (typeof routes)[number][1]): string => String(Properties.RouteKey);
      const isPublic = ({ Properties }: (typeof routes)[number][1]): boolean =>
        (Properties.AuthorizationType ?? 'NONE') === 'NONE';
      const limited = routes.filter(([, route]) => isPublic(route) || WAITING.includes(keyOf(route)));
      const keys = limited.map(([, route]) => keyOf(route));
      const [[, { Properties, DependsOn = [] }] = assert.fail()] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
      const settings = Properties.RouteSettings as Record<string, { [name: string]: number | boolean }>;
      // Each route without a token, or that waits, has separate limits, with the metrics that its alarms read.
      assert.deepEqual(Object.keys(settings ?? {}).sort(), keys.sort());
      for (const key of keys) {
        const { ThrottlingRateLimit, ThrottlingBurstLimit, DetailedMetricsEnabled } = settings[key] ?? {};
        // A request that waits has a token, and may use half of the executions for a moment.
        const [seconds, most, burst] = WAITING.includes(key) ? [3, 3, 5] : [0.5, 0.5, 2];
        assert.ok(Number(ThrottlingRateLimit) * seconds <= most, `${key}: ${ThrottlingRateLimit}`);
        assert.ok(Number(ThrottlingBurstLimit) <= burst, `${key}: ${ThrottlingBurstLimit}`);
        assert.equal(DetailedMetricsEnabled, true);
      }
      // API Gateway refuses settings of a route that does not exist yet.
      for (const [id] of limited) assert.ok(DependsOn.includes(id), DependsOn.join());
    });

    it('requires the documented token and scope on every route, and serves no other', () => {
      const routes = resourcesOf(platformTemplate(stage), 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
        Properties.RouteKey,
        Properties.AuthorizationType ?? 'NONE',
        list(Properties.AuthorizationScopes ?? []).join(),
      ]);
      const documented = DOCUMENTED_ROUTES.map(({ key, scope }) =>
        scope === undefined ? [key, 'NONE', ''] : [key, 'JWT', `counterfoil/${scope}`],
      );
      assert.deepEqual(routes.sort(), documented.sort());
    });
  });
}
