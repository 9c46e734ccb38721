import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storedBytes } from '#test/bench/cost/item-size.ts';
import { embeddedMetricsIn } from '#test/bench/cost/log-bytes.ts';
import {
  functionsOf,
  MINUTES_A_MONTH,
  monthlyUsageOf,
  routeMetricsOf,
  ticksAMonth,
} from '#test/bench/cost/template-usage.ts';
import { type IdleMinute, idleWakeUsage, loopOf } from '#test/bench/cost/wake-usage.ts';
import type { Template } from '#test/support/template.ts';

const template = (resources: Record<string, [type: string, properties?: Record<string, unknown>]>): Template => ({
  Resources: Object.fromEntries(
    Object.entries(resources).map(([id, [Type, Properties = {}]]) => [id, { Type, Properties }]),
  ),
});
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('What a stage costs by being there', () => {
  it('is 5 pollers of each queue, each asking three times a minute', () => {
    const usage = monthlyUsageOf(
      template({
        queue: ['AWS::SQS::Queue'],
        table: ['AWS::DynamoDB::GlobalTable'],
        fromQueue: ['AWS::Lambda::EventSourceMapping', { EventSourceArn: arnOf('queue') }],
        fromStream: ['AWS::Lambda::EventSourceMapping', { EventSourceArn: { 'Fn::GetAtt': ['table', 'StreamArn'] } }],
      }),
    );
    assert.deepEqual(usage, [{ price: 'sqs.requests', quantity: 5 * 3 * MINUTES_A_MONTH }]);
    assert.equal(MINUTES_A_MONTH, 43_800);
  });

  it('is the metrics that alarms read, and the fixed resources', () => {
    const stat = (Id: string) => ({ Id, MetricStat: {} });
    const usage = monthlyUsageOf(
      template({
        one: ['AWS::CloudWatch::Alarm', { MetricName: 'Errors' }],
        two: ['AWS::CloudWatch::Alarm', { Metrics: [stat('a'), stat('b'), { Id: 'c', Expression: 'a / b' }] }],
        all: ['AWS::CloudWatch::CompositeAlarm'],
        board: ['AWS::CloudWatch::Dashboard'],
        key: ['AWS::KMS::Key'],
        secret: ['AWS::SecretsManager::Secret'],
        people: ['AWS::Cognito::UserPoolClient', { AllowedOAuthFlows: ['code'] }],
        machine: ['AWS::Cognito::UserPoolClient', { AllowedOAuthFlows: ['client_credentials'] }],
      }),
    );
    assert.deepEqual(usage, [
      { price: 'cloudwatch.alarm-metrics', quantity: 1 },
      { price: 'cloudwatch.alarm-metrics', quantity: 2 },
      { price: 'cloudwatch.composite-alarms', quantity: 1 },
      { price: 'cloudwatch.dashboards', quantity: 1 },
      { price: 'kms.keys', quantity: 1 },
      { price: 'secrets-manager.secrets', quantity: 1 },
      { price: 'cognito.machine-clients', quantity: 1 },
    ]);
  });

  it('is refused for unknown types, and names all of them', () => {
    const faulty = template({ a: ['AWS::EC2::NatGateway'], b: ['AWS::SQS::Queue'], c: ['AWS::AppSync::GraphQLApi'] });
    assert.throws(() => monthlyUsageOf(faulty), {
      code: 'UNPRICED',
      names: ['AWS::AppSync::GraphQLApi', 'AWS::EC2::NatGateway'],
    });
  });

  it('is six metrics a route, where a stage asks for them', () => {
    const routes = { a: ['AWS::ApiGatewayV2::Route'], b: ['AWS::ApiGatewayV2::Route'] } as const;
    const stage = (DetailedMetricsEnabled: boolean): Template =>
      template({
        a: [...routes.a],
        b: [...routes.b],
        s: ['AWS::ApiGatewayV2::Stage', { DefaultRouteSettings: { DetailedMetricsEnabled } }],
      });
    assert.deepEqual(routeMetricsOf(stage(true)), [{ price: 'cloudwatch.metrics', quantity: 12 }]);
    assert.deepEqual(routeMetricsOf(stage(false)), []);
  });

  it('is a schedule’s ticks, of the function that it invokes', () => {
    const Environment = { Variables: { POWERTOOLS_SERVICE_NAME: 'wake-due' } };
    const scheduled = template({
      wake: ['AWS::Lambda::Function', { MemorySize: 256, Environment }],
      minute: ['AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)', Target: { Arn: arnOf('wake') } }],
      five: ['AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)', Target: { Arn: arnOf('wake') } }],
    });
    assert.deepEqual(ticksAMonth(scheduled), { 'wake-due': 43_800 + 8760 });
    assert.deepEqual(functionsOf(scheduled), {
      'wake-due': { memoryMb: 256, environment: Environment.Variables },
    });
    assert.deepEqual(monthlyUsageOf(scheduled), [
      { price: 'scheduler.invocations', quantity: 43_800 },
      { price: 'scheduler.invocations', quantity: 8760 },
    ]);
  });
});

describe('An idle wake-due', () => {
  const minute: IdleMinute = {
    durationMs: 51_200,
    intervalSeconds: 1,
    readUnits: 20 + 52 * 12,
    readUnitsOnce: 20,
    readUnitsALook: 12,
    logged: { lines: 1, bytes: 900 },
  };

  it('looks as often as its pauses allow, and ends with its last look', () => {
    assert.deepEqual(loopOf(52, 1), { looks: 52, busySeconds: 51 });
    assert.deepEqual(loopOf(52, 15), { looks: 4, busySeconds: 45 });
    assert.deepEqual(loopOf(60, 60), { looks: 1, busySeconds: 0 });
  });

  it('uses at another pace what its looks there use, and once what it does once', () => {
    const usage = idleWakeUsage(minute, { ticksAMonth: 10, intervalSeconds: 15, memoryMb: 512 });
    const quantity = (price: string): number => usage.find((one) => one.price === price)?.quantity ?? Number.NaN;
    assert.equal(quantity('lambda.requests'), 10);
    assert.equal(quantity('dynamodb.read-units'), 10 * (20 + 4 * 12));
    // 45 seconds of looking, and the 0.2 that its start took.
    assert.equal(quantity('lambda.gb-seconds-arm64').toFixed(6), (10 * 45.2 * 0.5).toFixed(6));
    assert.ok(quantity('cloudwatch.logs-gb') > 0);
  });

  it('is refused if it reads something that is not known', () => {
    const stage = { ticksAMonth: 1, intervalSeconds: 15, memoryMb: 256 };
    assert.throws(() => idleWakeUsage({ ...minute, readUnits: minute.readUnits + 1 }, stage), /read 645 units/);
  });

  it('uses at the pace at which it was measured what was measured', () => {
    const usage = idleWakeUsage(minute, { ticksAMonth: 1, intervalSeconds: 1, memoryMb: 1024 });
    assert.equal(usage.find(({ price }) => price === 'dynamodb.read-units')?.quantity, minute.readUnits);
    const measured = usage.find(({ price }) => price === 'lambda.gb-seconds-arm64')?.quantity;
    assert.equal(measured?.toFixed(6), '51.200000');
  });
});

describe('Metrics in log lines', () => {
  it('are counted by name and dimensions, each once', () => {
    const line = (service: string, ...names: string[]): string =>
      JSON.stringify({
        _aws: {
          CloudWatchMetrics: [
            { Namespace: 'Counterfoil', Dimensions: [['service']], Metrics: names.map((Name) => ({ Name })) },
          ],
        },
        service,
      });
    const lines = [line('wake-due', 'A', 'B'), 'no JSON at all', line('wake-due', 'A'), line('send-email', 'A')];
    assert.equal(embeddedMetricsIn(lines).size, 3);
  });
});

describe('Stored bytes', () => {
  const keys = ['pk', 'sk'];

  it('are names, values and what DynamoDB adds to each item', () => {
    const item = {
      pk: { S: 'aé' },
      sk: { S: 'b' },
      n: { N: '-12300' },
      flag: { BOOL: true },
      list: { L: [{ S: 'x' }, { NULL: true }] },
      map: { M: { k: { S: 'v' } } },
      raw: { B: new Uint8Array(5) },
      set: { SS: ['ab', 'c'] },
    };
    const expected = [2 + 3, 2 + 1, 1 + 3, 4 + 1, 4 + 3 + 1 + 1 + 1 + 1, 3 + 3 + 1 + 1 + 1, 3 + 5, 3 + 3];
    assert.equal(
      storedBytes(item, keys, []),
      expected.reduce((sum, bytes) => sum + bytes, 100),
    );
  });

  it('count again, with keys only, in each index that contains the item', () => {
    const item = { pk: { S: 'a' }, sk: { S: 'b' }, dueShard: { S: 'c' }, dueAt: { N: '1' }, more: { S: '1234' } };
    const own = 3 + 3 + 9 + 7 + 8 + 100;
    const entry = 3 + 3 + 9 + 7 + 100;
    assert.equal(storedBytes(item, keys, [{ keys: ['dueShard', 'dueAt'] }, { keys: ['logTenant'] }]), own + entry);
  });
});
