import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DescribeLimitsCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { ACCOUNT, REGION, rejection } from '#test/support/local-gateway.ts';
import {
  allow,
  countOf,
  dynamo,
  email,
  emailsTo,
  everything,
  exists,
  item,
  local,
  pool,
  put,
  queueUrl,
  secretArn,
  secrets,
  ses,
  smsVoice,
  sns,
  sqs,
  streams,
  table,
  text,
  textsOf,
  topicArn,
  transaction,
} from './gateway-under-test.ts';

describe('Calls of a function', () => {
  it('reach their engines through one proxy, and are counted', async () => {
    const key = local.addFunction('whole', everything);
    await dynamo(key).send(put('a'));
    await sns(key).send(
      new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: [{ Id: '1', Message: 'one & only' }] }),
    );
    const { Messages = [] } = await sqs(key).send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 }),
    );
    assert.deepEqual(
      Messages.map(({ Body }) => Body),
      ['one & only'],
    );
    await sqs(key).send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
    await sns(key).send(new PublishCommand({ PhoneNumber: '+4366012345678', Message: 'Grüße' }));
    await smsVoice(key).send(text('Liebe Grüße'));
    await ses(key).send(email('whole@example.com'));
    const { SecretString } = await secrets(key).send(new GetSecretValueCommand({ SecretId: secretArn }));

    assert.equal(SecretString, 'key of the hashes');
    assert.ok(await exists('a'));
    assert.equal(await emailsTo('whole@example.com'), 1);
    assert.deepEqual(await textsOf('Grüße', 'Liebe Grüße'), [
      ['+4366012345678', 'Grüße'],
      ['+4366012345678', 'Liebe Grüße'],
    ]);
    assert.deepEqual(
      local.gateway.calls
        .list()
        .map(({ function: name, service, operation, count }) => `${name} ${service} ${operation} ${count}`),
      [
        'whole dynamodb PutItem 1',
        'whole pinpoint-sms-voice-v2 SendTextMessage 1',
        'whole secretsmanager GetSecretValue 1',
        'whole sesv2 SendEmail 1',
        'whole sns Publish 1',
        'whole sns PublishBatch 1',
        'whole sqs DeleteMessage 1',
        'whole sqs ReceiveMessage 1',
      ],
    );
  });

  it('are counted with the bytes of their bodies', async () => {
    const key = local.addFunction('bulky', everything);
    const publish = (Message: string) => sns(key).send(new PublishCommand({ TopicArn: topicArn, Message }));
    await publish('x');
    const small = countOf('bulky', 'Publish')?.requestBytes ?? 0;
    await publish('x'.repeat(1001));
    assert.ok(small > 0);
    assert.equal(countOf('bulky', 'Publish')?.requestBytes, 2 * small + 1000);
  });

  it('are counted with their consumed capacity, which the function does not see', async () => {
    const key = local.addFunction('metered', everything);
    const answer = await dynamo(key).send(transaction('m1', 'm2'));
    assert.equal(answer.ConsumedCapacity, undefined);
    // Two small items: two units each in a transaction, and one unit each for the index, which only dynoxide counts.
    const units = process.env.DYNAMODB_ENGINE === 'dynamodb-local' ? 4 : 6;
    assert.equal(countOf('metered', 'TransactWriteItems')?.writeUnits, units);

    const query = {
      TableName: 'orders',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'm1' } },
    };
    const asked = await dynamo(key).send(
      new QueryCommand({ ...query, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' }),
    );
    assert.equal(asked.ConsumedCapacity?.CapacityUnits, 1);
    assert.equal((await dynamo(key).send(new QueryCommand(query))).Items?.length, 1);
    assert.deepEqual([countOf('metered', 'Query')?.readUnits, countOf('metered', 'Query')?.writeUnits], [1.5, 0]);

    const refused = await rejection(dynamo(key).send(transaction('m1', 'm3')));
    assert.ok(refused instanceof TransactionCanceledException);
    assert.deepEqual(
      refused.CancellationReasons?.map(({ Code }) => Code),
      ['ConditionalCheckFailed', 'None'],
    );
    assert.equal(countOf('metered', 'TransactWriteItems')?.writeUnits, units + 4);
  });

  it('lose the checksum if the gateway changes the body', async () => {
    const request = (accessKeyId: string) =>
      fetch(local.gateway.endpoints.dynamodb, {
        method: 'POST',
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=x`,
          'x-amz-date': '20260101T000000Z',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
          'content-type': 'application/x-amz-json-1.0',
        },
        body: JSON.stringify({ TableName: 'orders', Key: { pk: { S: 'a' }, sk: { S: 'nothing' } } }),
      });
    assert.ok((await request('operator')).headers.has('x-amz-crc32'));
    assert.ok(!(await request(local.addFunction('checking', everything))).headers.has('x-amz-crc32'));
  });

  it('are refused by name if the operation is unknown', async () => {
    const key = local.addFunction('odd', everything);
    const error = await rejection(dynamo(key).send(new DescribeLimitsCommand({})));
    assert.equal(error.name, 'UnknownOperationException');
    assert.match(error.message, /dynamodb DescribeLimits\. Add it to/);
    const request = (path: string, target: string) =>
      fetch(`${local.gateway.endpoints.dynamodb}${path}`, {
        method: 'POST',
        headers: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/x`, 'x-amz-target': target },
      });
    const cbor = await request('/service/DynamoDB/operation/PutItem', '');
    assert.equal(cbor.status, 400);
    assert.match(await cbor.text(), /Smithy RPC v2/);
    const inherited = await request('/', 'DynamoDB_20120810.constructor');
    assert.match(await inherited.text(), /UnknownOperationException.*dynamodb constructor/);
    const foreign = await request('/', 'AmazonSQS.SendMessage');
    assert.match(await foreign.text(), /UnknownOperationException.*x-amz-target AmazonSQS\.SendMessage/);
  });

  it('stream objects of any size', async () => {
    const key = local.addFunction('objects', [
      allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::files/in/*'),
      allow(['s3:ListBucket'], 'arn:aws:s3:::files'),
    ]);
    const send = (method: string, path: string, accessKeyId: string, body?: Buffer<ArrayBuffer>) =>
      fetch(`${local.gateway.endpoints.s3}${path}`, {
        method,
        headers: { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${REGION}/s3/aws4_request` },
        ...(body && { body }),
      });
    assert.equal((await send('PUT', '/files', 'operator')).status, 200);
    const big = Buffer.alloc(6_000_000, 'x');
    assert.equal((await send('PUT', '/files/in/big', key, big)).status, 200);
    const got = await send('GET', '/files/in/big', key);
    assert.ok(big.equals(Buffer.from(await got.arrayBuffer())));
    const denied = await send('GET', '/files/out/big', key);
    assert.equal(denied.status, 403);
    assert.match(
      await denied.text(),
      /<Code>AccessDenied<\/Code>.*s3:GetObject on resource: arn:aws:s3:::files\/out\/big/,
    );
    assert.deepEqual(
      local.gateway.calls.list().map(({ operation, count }) => [operation, count]),
      [
        ['GetObject', 2],
        ['PutObject', 1],
      ],
    );
  });

  it('with an unknown access key are forwarded without checks and counts, and calls without a key are refused', async () => {
    await dynamo().send(put('operator'));
    assert.ok(await exists('operator'));
    assert.deepEqual(local.gateway.calls.list(), []);
    const anonymous = await fetch(local.gateway.endpoints.dynamodb, { method: 'POST', body: '{}' });
    assert.match(await anonymous.text(), /Missing Authentication Token/);
  });
});

describe('The policies of a function', () => {
  it('are enforced with the error of each service', async () => {
    const key = local.addFunction('barred', []);
    const calls: [() => Promise<unknown>, string, RegExp][] = [
      [
        () => dynamo(key).send(put('barred')),
        'AccessDeniedException',
        /dynamodb:PutItem on resource: arn:aws:dynamodb:.*:table\/orders/,
      ],
      [
        () => streams(key).send(new ListStreamsCommand({})),
        'AccessDeniedException',
        /dynamodb:ListStreams on resource: \*/,
      ],
      [
        () => sns(key).send(new PublishCommand({ TopicArn: topicArn, Message: 'x' })),
        'AuthorizationErrorException',
        /sns:Publish on resource: arn/,
      ],
      [
        () => sns(key).send(new PublishCommand({ PhoneNumber: '+4366012345678', Message: 'x' })),
        'AuthorizationErrorException',
        /resource: \+4366012345678/,
      ],
      [
        () => sqs(key).send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' })),
        'AccessDenied',
        /sqs:SendMessage on resource: arn:aws:sqs:.*:letters/,
      ],
      [
        () => ses(key).send(email('barred@example.com')),
        'AccessDeniedException',
        /ses:SendEmail on resource: arn:aws:ses:.*identity\/shop\.example/,
      ],
      [
        () => smsVoice(key).send(text('barred')),
        'AccessDeniedException',
        /sms-voice:SendTextMessage on resource: arn:aws:sms-voice:.*:pool\/pool-1a/,
      ],
      [
        () => secrets(key).send(new GetSecretValueCommand({ SecretId: secretArn })),
        'AccessDeniedException',
        /secretsmanager:GetSecretValue on resource/,
      ],
    ];
    for (const [call, name, message] of calls) {
      const error = await rejection(call());
      assert.equal(error.name, name);
      assert.match(error.message, message);
      assert.match(error.message, /assumed-role\/barred\/barred is not authorized to perform/);
    }
    assert.equal(await exists('barred'), false);
    assert.equal(await emailsTo('barred@example.com'), 0);
  });

  it('are checked for every item of a transaction, and for the configuration set of an e-mail', async () => {
    const puts = local.addFunction('puts', [allow('dynamodb:PutItem', table)]);
    await dynamo(puts).send(transaction('p1'));
    const checking = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'orders', Item: item('p2') } },
        {
          ConditionCheck: {
            TableName: 'orders',
            Key: { pk: { S: 'p1' }, sk: { S: 'STATE' } },
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ],
    });
    assert.match((await rejection(dynamo(puts).send(checking))).message, /dynamodb:ConditionCheckItem/);
    assert.equal(await exists('p2'), false);

    const identity = allow('ses:SendEmail', `arn:aws:ses:${REGION}:${ACCOUNT}:identity/shop.example`);
    const mails = local.addFunction('mails', [identity]);
    assert.match((await rejection(ses(mails).send(email('x@example.com')))).message, /configuration-set\/mail/);
    const both = local.addFunction('both', [
      identity,
      allow('ses:SendEmail', `arn:aws:ses:${REGION}:${ACCOUNT}:configuration-set/mail`),
    ]);
    await ses(both).send(email('x@example.com'));
  });

  it('distinguish an index from its table', async () => {
    const key = local.addFunction('index', [allow('dynamodb:Query', `${table}/index/due`)]);
    const values = { ExpressionAttributeValues: { ':x': { S: 'now' } } };
    await dynamo(key).send(
      new QueryCommand({ TableName: 'orders', IndexName: 'due', KeyConditionExpression: 'due = :x', ...values }),
    );
    const error = await rejection(
      dynamo(key).send(new QueryCommand({ TableName: 'orders', KeyConditionExpression: 'pk = :x', ...values })),
    );
    assert.match(error.message, /resource: arn:aws:dynamodb:[^ ]+:table\/orders because/);
  });

  it('apply to the reading of a stream', async () => {
    const { Streams = [] } = await streams().send(new ListStreamsCommand({ TableName: 'orders' }));
    const StreamArn = Streams[0]?.StreamArn as string;
    const stackArn = StreamArn.replace(/^arn:aws:dynamodb:[^:]*:\d*/, `arn:aws:dynamodb:${REGION}:${ACCOUNT}`);
    // The ARN that the stack uses. No engine uses it.
    const read = async (key: string) => {
      const { StreamDescription } = await streams(key).send(new DescribeStreamCommand({ StreamArn: stackArn }));
      const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
      const { ShardIterator } = await streams(key).send(
        new GetShardIteratorCommand({ StreamArn: stackArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      return streams(key).send(new GetRecordsCommand({ ShardIterator }));
    };
    const actions = ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords'];
    await dynamo().send(put('streamed'));
    const { Records = [] } = await read(local.addFunction('reader', [allow(actions, stackArn)]));
    assert.ok(Records.length > 0);
    const other = local.addFunction('other-reader', [
      allow(actions.slice(0, 2), stackArn),
      allow('dynamodb:GetRecords', `${table}/stream/other`),
    ]);
    assert.match((await rejection(read(other))).message, /dynamodb:GetRecords/);
  });

  it('are reported as unused until a call needs them', async () => {
    const key = local.addFunction('thrifty', [allow(['dynamodb:PutItem', 'dynamodb:GetItem'], table)]);
    await dynamo(key).send(put('t'));
    const unused = local.gateway.unusedGrants().filter((grant) => grant.function === 'thrifty');
    assert.deepEqual(unused, [{ function: 'thrifty', statement: 0, action: 'dynamodb:GetItem', resources: [table] }]);
  });
});

describe('A text message', () => {
  it('may use only the origination identities that the policies name', async () => {
    const key = local.addFunction('from-pool', [allow('sms-voice:SendTextMessage', pool)]);
    await smsVoice(key).send(text('from the pool'));
    const other = pool.replace('pool-1a', 'pool-1b');
    const error = await rejection(smsVoice(key).send(text('from another', other)));
    assert.equal(error.name, 'AccessDeniedException');
    assert.match(error.message, /on resource: .*pool\/pool-1b/);
    assert.deepEqual(await textsOf('from the pool', 'from another'), [['+4366012345678', 'from the pool']]);
  });
});
