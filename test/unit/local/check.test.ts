import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Resource, Template } from '#infra/local/template/assembly.ts';
import { checkSupported } from '#infra/local/template/check.ts';

const templateOf = (Resources: Record<string, Resource>, more: object = {}): Template => ({ Resources, ...more });

/** What the check says, a line a fault. */
function faultsOf(template: Template): string[] {
  try {
    checkSupported(template);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

const mapping = (Properties: Resource['Properties']): Template =>
  templateOf({ m: { Type: 'AWS::Lambda::EventSourceMapping', ...(Properties && { Properties }) } });

describe('What a template may hold', () => {
  it('takes what is emulated, and what is ignored with a reason', () => {
    const template = templateOf(
      {
        queue: {
          Type: 'AWS::SQS::Queue',
          Properties: { VisibilityTimeout: 30, MessageRetentionPeriod: 60, RedrivePolicy: { maxReceiveCount: 3 } },
          DependsOn: ['topic'],
          DeletionPolicy: 'Delete',
        },
        topic: { Type: 'AWS::SNS::Topic', Properties: { Tags: [{ Key: 'app', Value: 'x' }] } },
      },
      { Outputs: {}, Parameters: { BootstrapVersion: {} } },
    );
    assert.deepEqual(faultsOf(template), []);
  });

  it('takes limits of single routes, and nothing else that a route may have of its own', () => {
    const stage = (settings: Record<string, Record<string, number | boolean | string>>): Template =>
      templateOf({ s: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { RouteSettings: settings } } });
    const limits = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 };
    assert.deepEqual(faultsOf(stage({ 'GET /a': limits, 'GET /b': { ...limits, DetailedMetricsEnabled: true } })), []);
    for (const other of [
      { ThrottlingRateLimit: 1 },
      { ...limits, ThrottlingRateLimit: 0 },
      { ...limits, ThrottlingBurstLimit: 1.5 },
      { ...limits, LoggingLevel: 'INFO' },
    ]) {
      assert.match(
        faultsOf(stage({ 'GET /a': limits, 'GET /b': other })).join(),
        /s \(.*Stage\): RouteSettings is .*only/,
      );
    }
  });

  it('stops at everything else with resource, type and path, all of it at once', () => {
    const faults = faultsOf(
      templateOf(
        {
          bucket: { Type: 'AWS::S3Express::DirectoryBucket' },
          queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, RedrivePolicy: { other: 1 } } },
          topic: { Type: 'AWS::SNS::Topic', Condition: 'sometimes' },
        },
        { Conditions: {}, Parameters: {} },
      ),
    );
    assert.equal(faults.length, 5);
    assert.match(faults[0] ?? '', /section Conditions/);
    assert.match(faults[1] ?? '', /bucket: the type AWS::S3Express::DirectoryBucket/);
    assert.match(faults[2] ?? '', /queue \(AWS::SQS::Queue\): FifoQueue is not emulated/);
    assert.match(faults[3] ?? '', /queue \(AWS::SQS::Queue\): RedrivePolicy\.other is not emulated/);
    assert.match(faults[4] ?? '', /topic \(AWS::SNS::Topic\): Condition is not emulated/);
  });

  it('stops at values that are not emulated, and names the value', () => {
    assert.match(
      faultsOf(mapping({ StartingPosition: 'LATEST' }))[0] ?? '',
      /StartingPosition is "LATEST", but only "TRIM_HORIZON"/,
    );
    assert.match(faultsOf(mapping({ BatchSize: 0 }))[0] ?? '', /BatchSize is 0, but only whole numbers from 1/);
  });

  it('stops at filter patterns that are more than exact values and prefixes', () => {
    const filtered = (pattern: object): Template =>
      mapping({ FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] } });
    assert.deepEqual(
      faultsOf(filtered({ eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: [{ prefix: 'OUTBOX#' }] } } } })),
      [],
    );
    assert.match(faultsOf(filtered({ eventName: [{ 'anything-but': ['REMOVE'] }] }))[0] ?? '', /anything-but/);
    assert.match(faultsOf(filtered({ eventName: 'INSERT' }))[0] ?? '', /only exact values/);
  });

  it('stops at functions that it cannot resolve, however deep', () => {
    const Properties = { Environment: { Variables: { A: { 'Fn::Join': ['', [{ 'Fn::Select': [0, ['x']] }]] } } } };
    const faults = faultsOf(templateOf({ f: { Type: 'AWS::Lambda::Function', Properties } }));
    assert.match(faults[0] ?? '', /Environment\.Variables.* uses Fn::Select/);
  });
});
