import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Assembly, Resource } from '#infra/local/template/assembly.ts';
import { physicalName } from '#infra/local/template/physical.ts';
import { type Plan, planOf, planTables } from '#infra/local/template/plan.ts';

const relay: Record<string, Resource> = {
  role: { Type: 'AWS::IAM::Role' },
  policy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [{ Ref: 'role' }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: { 'Fn::GetAtt': ['queue', 'Arn'] } },
          { Effect: 'Allow', Action: ['sns:Publish'], NotResource: 'arn:*:sns:*:*:*' },
        ],
      },
    },
  },
  function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Handler: 'handler.handler',
      Timeout: 7,
      MemorySize: 256,
      Role: { 'Fn::GetAtt': ['role', 'Arn'] },
      Environment: { Variables: { QUEUE: { Ref: 'queue' } } },
    },
    Metadata: { 'aws:cdk:path': 'stack/relay-outbox/function/Resource', 'aws:asset:path': 'asset.1' },
  },
  queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 42 } },
  api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
};

function plan(more: Record<string, Resource> = {}): Plan {
  const assembly: Assembly = {
    folder: '/assembly',
    stackName: 'stack',
    region: 'eu-x-1',
    template: { Resources: { ...relay, ...more } },
  };
  return planOf(assembly, { tables: planTables(assembly), sqsUrl: 'http://sqs', streamLabels: { table: 'label' } });
}

const mapping = (Properties: Record<string, string | number | object>): Record<string, Resource> => ({
  mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { FunctionName: { Ref: 'function' }, ...Properties } as Resource['Properties'] & object,
  },
});
const fromQueue = { EventSourceArn: { 'Fn::GetAtt': ['queue', 'Arn'] } };

describe('The plan', () => {
  it('delivers to queues, and sends no mail about alarms', () => {
    const { subscriptions, topics } = plan({
      topic: { Type: 'AWS::SNS::Topic' },
      mail: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'topic' }, Protocol: 'email', Endpoint: 'operations@shop.example' },
      },
      delivery: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'topic' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['queue', 'Arn'] } },
      },
    });
    const [topic] = topics;
    assert.deepEqual(subscriptions, [
      { topicArn: topic?.arn, queueArn: 'arn:aws:sqs:eu-x-1:000000000000:stack-queue', raw: false },
    ]);
  });

  it('knows a function by its folder, with its bundle, variables and statements', () => {
    const [found] = plan().functions;
    assert.equal(found?.name, 'relay-outbox');
    assert.equal(found?.taskRoot, '/assembly/asset.1');
    assert.deepEqual([found?.timeoutSeconds, found?.memoryMb], [7, 256]);
    assert.deepEqual(found?.environment, { QUEUE: 'http://sqs/000000000000/stack-queue' });
    assert.deepEqual(found?.policies, [
      { Effect: 'Allow', Action: ['sqs:ReceiveMessage'], Resource: ['arn:aws:sqs:eu-x-1:000000000000:stack-queue'] },
      { Effect: 'Allow', Action: ['sns:Publish'], NotResource: ['arn:*:sns:*:*:*'] },
    ]);
  });

  const calledBy = (path: string): Resource => ({
    ...(relay.function as Resource),
    Metadata: { 'aws:cdk:path': path, 'aws:asset:path': 'asset.2' },
  });

  it('names a function after the construct that contains it, wherever that is', () => {
    const [, found] = plan({ other: calledBy('stack/subscribers/send-email/function/Resource') }).functions;
    assert.equal(found?.name, 'send-email');
  });

  it('refuses a function that nothing names, and two of one name', () => {
    assert.throws(() => plan({ function: calledBy('stack/function/Resource') }), /Function function .* has no name/);
    assert.throws(
      () => plan({ other: calledBy('stack/elsewhere/relay-outbox/function/Resource') }),
      /More than one function is called relay-outbox;/,
    );
  });

  it('refuses a route whose authorizer is missing, rather than opening it', () => {
    const integration: Resource = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { IntegrationUri: { 'Fn::GetAtt': ['function', 'Arn'] } },
    };
    const route = (Properties: Record<string, string>): Record<string, Resource> => ({
      integration,
      route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { RouteKey: 'GET /x', Target: 'integrations/stack-integration', ...Properties },
      },
    });
    assert.throws(
      () => plan(route({ AuthorizationType: 'JWT', AuthorizerId: 'gone' })),
      /"GET \/x" names an authorizer/,
    );
    assert.equal(plan(route({})).api.routes[0]?.authorizer, undefined);
  });

  it('gives a route the limits that the stage has for it, and refuses limits of a route that is not there', () => {
    const withStage = (RouteSettings: Record<string, Record<string, number>>): Record<string, Resource> => ({
      integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: { IntegrationUri: { 'Fn::GetAtt': ['function', 'Arn'] } },
      },
      ...Object.fromEntries(
        ['GET /x', 'GET /y'].map((RouteKey, index) => [
          `route${index}`,
          {
            Type: 'AWS::ApiGatewayV2::Route',
            Properties: { RouteKey, Target: 'integrations/stack-integration' },
          },
        ]),
      ),
      stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: {
          DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
          RouteSettings,
        },
      },
    });
    const limits = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 };
    const { routes, throttle } = plan(withStage({ 'GET /y': limits })).api;
    assert.deepEqual(throttle, { ratePerSecond: 100, burst: 200 });
    assert.deepEqual(
      routes.map(({ routeKey, throttle }) => [routeKey, throttle]),
      [
        ['GET /x', undefined],
        ['GET /y', { ratePerSecond: 1, burst: 2 }],
      ],
    );
    assert.throws(() => plan(withStage({ 'GET /z': limits })), /settings of routes .* not in the template: GET \/z/);
  });

  it('refuses settings that belong to the other kind of source', () => {
    assert.deepEqual(plan(mapping(fromQueue)).queueMappings[0]?.queue.visibilityTimeoutSeconds, 42);
    assert.throws(() => plan(mapping({ ...fromQueue, BatchSize: 11 })), /BatchSize is 11/);
    assert.throws(
      () => plan(mapping({ ...fromQueue, MaximumRetryAttempts: 1 })),
      /MaximumRetryAttempts is not emulated for a queue/,
    );
    const stream = { EventSourceArn: 'arn:stream', ScalingConfig: { MaximumConcurrency: 2 } };
    assert.throws(() => plan(mapping(stream)), /ScalingConfig is not emulated for a stream/);
  });

  it('gives a stream mapping without limits no limits', () => {
    const [found] = plan(mapping({ EventSourceArn: 'arn:stream' })).streamMappings;
    assert.deepEqual([found?.maximumRetryAttempts, found?.maximumRecordAgeSeconds, found?.batchSize], [-1, -1, 100]);
  });
});

describe('Physical names', () => {
  it('come from the logical id alone and fit everywhere', () => {
    assert.equal(physicalName('stack', 'table'), 'stack-table');
    const long = physicalName('stack', 'x'.repeat(80));
    assert.equal(long.length, 64);
    assert.notEqual(long, physicalName('stack', `${'x'.repeat(79)}y`));
  });
});
