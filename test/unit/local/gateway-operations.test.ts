import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceName } from '#infra/local/aws/services.ts';
import { extractCapacity, requestCapacity } from '#infra/local/gateway/capacity.ts';
import { type Input, type MappingContext, OPERATIONS, UnknownOperation } from '#infra/local/gateway/operations.ts';

const stack = 'eu-central-1:000000000000';
const table = `arn:aws:dynamodb:${stack}:table/orders`;
const stream = `${table}/stream/1795259793.88`;
const pool = `arn:aws:sms-voice:${stack}:pool/pool-1a`;
const secret = `arn:aws:secretsmanager:${stack}:secret:hashes-AbCdEf`;
const context: MappingContext = {
  region: 'eu-central-1',
  accountId: '000000000000',
  verifiedIdentities: [],
  policies: [
    { Effect: 'Allow', Action: '*', Resource: [stream, secret, `arn:aws:ses:${stack}:identity/shop.example`] },
  ],
};

const needed = (service: ServiceName, operation: string, input: Input, known: Partial<MappingContext> = {}) =>
  OPERATIONS[service]
    [operation]?.(input, { ...context, ...known })
    .map(({ action, resource }) => `${action} ${resource}`);

describe('The permissions that an operation needs', () => {
  const cases: [ServiceName, string, Input, string[]][] = [
    ['dynamodb', 'GetItem', { TableName: 'orders' }, [`dynamodb:GetItem ${table}`]],
    ['dynamodb', 'PutItem', { TableName: table }, [`dynamodb:PutItem ${table}`]],
    ['dynamodb', 'Query', { TableName: 'orders' }, [`dynamodb:Query ${table}`]],
    ['dynamodb', 'Query', { TableName: 'orders', IndexName: 'due' }, [`dynamodb:Query ${table}/index/due`]],
    ['dynamodb', 'Scan', { TableName: 'orders', IndexName: 'due' }, [`dynamodb:Scan ${table}/index/due`]],
    [
      'dynamodb',
      'BatchGetItem',
      { RequestItems: { orders: {}, others: {} } },
      [`dynamodb:BatchGetItem ${table}`, `dynamodb:BatchGetItem arn:aws:dynamodb:${stack}:table/others`],
    ],
    [
      'dynamodb',
      'TransactGetItems',
      { TransactItems: [{ Get: { TableName: 'orders' } }] },
      [`dynamodb:GetItem ${table}`],
    ],
    [
      'dynamodb',
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName: 'orders' } },
          { Put: { TableName: 'orders' } },
          { Update: { TableName: 'orders' } },
          { Delete: { TableName: 'others' } },
          { ConditionCheck: { TableName: 'orders' } },
        ],
      },
      [
        `dynamodb:PutItem ${table}`,
        `dynamodb:UpdateItem ${table}`,
        `dynamodb:DeleteItem arn:aws:dynamodb:${stack}:table/others`,
        `dynamodb:ConditionCheckItem ${table}`,
      ],
    ],
    ['dynamodbstreams', 'ListStreams', {}, ['dynamodb:ListStreams *']],
    [
      'dynamodbstreams',
      'DescribeStream',
      { StreamArn: stream.replace(stack, 'dynoxide:000000000000') },
      [`dynamodb:DescribeStream ${stream}`],
    ],
    [
      'dynamodbstreams',
      'GetRecords',
      { ShardIterator: Buffer.from('{"table_name":"orders","shard_id":"s","position":0}').toString('base64') },
      [`dynamodb:GetRecords ${stream}`],
    ],
    [
      'dynamodbstreams',
      'GetRecords',
      { ShardIterator: `000|${stream.replace(stack, 'ddblocal:000000000000')}|c2hhcmQ=` },
      [`dynamodb:GetRecords ${stream}`],
    ],
    ['sns', 'Publish', { TopicArn: 'arn:aws:sns:r:a:t' }, ['sns:Publish arn:aws:sns:r:a:t']],
    ['sns', 'Publish', { PhoneNumber: '+4366012345678' }, ['sns:Publish +4366012345678']],
    [
      'pinpoint-sms-voice-v2',
      'SendTextMessage',
      { OriginationIdentity: pool, DestinationPhoneNumber: '+4366012345678' },
      [`sms-voice:SendTextMessage ${pool}`],
    ],
    [
      'pinpoint-sms-voice-v2',
      'SendTextMessage',
      { OriginationIdentity: pool, ConfigurationSetName: 'texts', ProtectConfigurationId: 'protect-1a' },
      [
        `sms-voice:SendTextMessage ${pool}`,
        `sms-voice:SendTextMessage arn:aws:sms-voice:${stack}:configuration-set/texts`,
        `sms-voice:SendTextMessage arn:aws:sms-voice:${stack}:protect-configuration/protect-1a`,
      ],
    ],
    ['sns', 'PublishBatch', { TopicArn: 'arn:aws:sns:r:a:t' }, ['sns:Publish arn:aws:sns:r:a:t']],
    [
      'sqs',
      'DeleteMessageBatch',
      { QueueUrl: 'http://127.0.0.1:1/000000000000/q' },
      [`sqs:DeleteMessage arn:aws:sqs:${stack}:q`],
    ],
    ['sqs', 'GetQueueUrl', { QueueName: 'q' }, [`sqs:GetQueueUrl arn:aws:sqs:${stack}:q`]],
    [
      's3',
      'GetObject',
      { Bucket: 'b', Key: 'a/c' },
      ['s3:GetObject arn:aws:s3:::b/a/c', 's3:ListBucket arn:aws:s3:::b'],
    ],
    [
      's3',
      'GetObject',
      { Bucket: 'b', Key: 'a', versionId: '1' },
      ['s3:GetObjectVersion arn:aws:s3:::b/a', 's3:ListBucket arn:aws:s3:::b'],
    ],
    [
      's3',
      'CopyObject',
      { Bucket: 'b', Key: 'a', CopySource: '/c/d%20e?versionId=1' },
      ['s3:GetObjectVersion arn:aws:s3:::c/d e', 's3:PutObject arn:aws:s3:::b/a'],
    ],
    ['s3', 'ListObjectsV2', { Bucket: 'b' }, ['s3:ListBucket arn:aws:s3:::b']],
    ['secretsmanager', 'GetSecretValue', { SecretId: secret }, [`secretsmanager:GetSecretValue ${secret}`]],
    ['secretsmanager', 'GetSecretValue', { SecretId: 'hashes' }, [`secretsmanager:GetSecretValue ${secret}`]],
    [
      'sesv2',
      'SendEmail',
      { FromEmailAddress: 'Shop <orders@eu.shop.example>', ConfigurationSetName: 'mail' },
      [
        `ses:SendEmail arn:aws:ses:${stack}:identity/shop.example`,
        `ses:SendEmail arn:aws:ses:${stack}:configuration-set/mail`,
      ],
    ],
    // For an unknown identity, IAM checks the domain.
    [
      'sesv2',
      'SendEmail',
      { FromEmailAddress: 'a@elsewhere.example' },
      [`ses:SendEmail arn:aws:ses:${stack}:identity/elsewhere.example`],
    ],
  ];
  for (const [service, operation, input, expected] of cases) {
    it(`${service} ${operation}: ${expected.join(', ')}`, () =>
      assert.deepEqual(needed(service, operation, input), expected));
  }

  it('are those of the closest verified identity, of sender and recipients', () => {
    const input = {
      FromEmailAddress: 'a@eu.shop.example',
      Destination: { ToAddresses: ['me@own.example', 'you@other.example'] },
    };
    assert.deepEqual(
      needed('sesv2', 'SendEmail', input, { verifiedIdentities: ['shop.example', 'a@eu.shop.example', 'own.example'] }),
      [
        `ses:SendEmail arn:aws:ses:${stack}:identity/a@eu.shop.example`,
        `ses:SendEmail arn:aws:ses:${stack}:identity/own.example`,
      ],
    );
  });

  it('are never guessed', () => {
    assert.throws(() => needed('dynamodb', 'GetItem', {}), UnknownOperation);
    assert.throws(() => needed('sns', 'Publish', { Message: 'x' }), /TopicArn or TargetArn or PhoneNumber/);
    assert.throws(() => needed('dynamodbstreams', 'GetRecords', { ShardIterator: 'x' }), UnknownOperation);
    assert.throws(() => needed('pinpoint-sms-voice-v2', 'SendTextMessage', {}), /OriginationIdentity/);
    assert.throws(
      () => needed('pinpoint-sms-voice-v2', 'SendTextMessage', { OriginationIdentity: 'pool-1a' }),
      /not an ARN \(pool-1a\)/,
    );
    assert.throws(
      () => needed('dynamodb', 'TransactWriteItems', { TransactItems: [{ Odd: { TableName: 'orders' } }] }),
      /Odd/,
    );
  });
});

describe('Capacity units', () => {
  const operation = (name: string, input: Input) => ({ name, input, grants: [] });
  const taken = (name: string, input: Input, status: number, answer: Input) => {
    const { body, units } = extractCapacity(operation(name, input), status, Buffer.from(JSON.stringify(answer)));
    return { answer: JSON.parse(body.toString()), ...units };
  };

  it('are asked for unless the caller does so itself', () => {
    const ask = (input: Input) =>
      JSON.parse(requestCapacity(operation('PutItem', input), Buffer.from(JSON.stringify(input))).toString());
    assert.deepEqual(ask({ TableName: 't', Item: { a: { S: '{' } } }), {
      ReturnConsumedCapacity: 'TOTAL',
      TableName: 't',
      Item: { a: { S: '{' } },
    });
    assert.deepEqual(ask({}), { ReturnConsumedCapacity: 'TOTAL' });
    assert.deepEqual(ask({ TableName: 't', ReturnConsumedCapacity: 'NONE' }), {
      TableName: 't',
      ReturnConsumedCapacity: 'TOTAL',
    });
    assert.deepEqual(ask({ TableName: 't', ReturnConsumedCapacity: 'INDEXES' }), {
      TableName: 't',
      ReturnConsumedCapacity: 'INDEXES',
    });
  });

  it('are read from the answer, and stay in it only for a caller that asked', () => {
    const ConsumedCapacity = { TableName: 't', CapacityUnits: 3 };
    assert.deepEqual(taken('PutItem', {}, 200, { Attributes: {}, ConsumedCapacity }), {
      answer: { Attributes: {} },
      readUnits: 0,
      writeUnits: 3,
    });
    assert.deepEqual(taken('Query', {}, 200, { Items: [], ConsumedCapacity }), {
      answer: { Items: [] },
      readUnits: 3,
      writeUnits: 0,
    });
    const answer = taken('TransactWriteItems', { ReturnConsumedCapacity: 'TOTAL' }, 200, {
      ConsumedCapacity: [ConsumedCapacity, ConsumedCapacity],
    });
    assert.deepEqual(answer, {
      answer: { ConsumedCapacity: [ConsumedCapacity, ConsumedCapacity] },
      readUnits: 0,
      writeUnits: 6,
    });
  });

  it('of refused conditions are the least that AWS bills', () => {
    const failed = (name: string, type: string, answer: Input = {}) =>
      taken(name, { TransactItems: [{}, {}, {}] }, 400, { __type: `x#${type}`, ...answer }).writeUnits;
    assert.equal(failed('PutItem', 'ConditionalCheckFailedException'), 1);
    assert.equal(failed('PutItem', 'ResourceNotFoundException'), 0);
    assert.equal(
      failed('TransactWriteItems', 'TransactionCanceledException', {
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
      }),
      6,
    );
    assert.equal(
      failed('TransactWriteItems', 'TransactionCanceledException', {
        CancellationReasons: [{ Code: 'TransactionConflict' }],
      }),
      0,
    );
  });
});
