import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  CreateTableCommand,
  DescribeLimitsCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { PolicyStatement } from '#infra/local/aws/policy.ts';
import type { ServiceName } from '#infra/local/aws/services.ts';
import { translateRefusedConnections } from '#infra/local/gateway/refused-connection.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  ACCOUNT,
  clientSettings,
  REGION,
  rejection,
  startGatewayFor,
  startGatewayWithEngines,
} from '#test/support/local-gateway.ts';

// The environment of a function does this before it loads the function.
translateRefusedConnections();

type Local = Awaited<ReturnType<typeof startGatewayWithEngines>>;
let local: Local;
let topicArn: string;
let queueUrl: string;

const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders`;
const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:letters`;
const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:hashes-AbCdEf`;
const pool = `arn:aws:sms-voice:${REGION}:${ACCOUNT}:pool/pool-1a`;
const allow = (Action: string | string[], Resource: string | string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const everything = [allow('*', '*')];

const dynamo = (key?: string) => new DynamoDBClient(clientSettings(local.gateway.endpoints.dynamodb, key));
const streams = (key?: string) =>
  new DynamoDBStreamsClient(clientSettings(local.gateway.endpoints.dynamodbstreams, key));
const sns = (key?: string) => new SNSClient(clientSettings(local.gateway.endpoints.sns, key));
const sqs = (key?: string) => new SQSClient(clientSettings(local.gateway.endpoints.sqs, key));
const ses = (key?: string) => new SESv2Client(clientSettings(local.gateway.endpoints.sesv2, key));
const secrets = (key?: string) => new SecretsManagerClient(clientSettings(local.gateway.endpoints.secretsmanager, key));
const smsVoice = (key?: string) =>
  new PinpointSMSVoiceV2Client(clientSettings(local.gateway.endpoints['pinpoint-sms-voice-v2'], key));

const item = (id: string) => ({ pk: { S: id }, sk: { S: 'STATE' }, due: { S: 'now' } });
const put = (id: string) => new PutItemCommand({ TableName: 'orders', Item: item(id) });
const transaction = (...ids: string[]) =>
  new TransactWriteItemsCommand({
    TransactItems: ids.map((id) => ({
      Put: { TableName: 'orders', Item: item(id), ConditionExpression: 'attribute_not_exists(pk)' },
    })),
  });
/** Whether an item exists, read directly from the engine. */
async function exists(id: string): Promise<boolean> {
  const engine = new DynamoDBClient(clientSettings(local.upstreams.dynamodb));
  const { Item } = await engine.send(
    new GetItemCommand({ TableName: 'orders', Key: { pk: { S: id }, sk: { S: 'STATE' } } }),
  );
  return Item !== undefined;
}
const email = (to: string) =>
  new SendEmailCommand({
    FromEmailAddress: 'orders@shop.example',
    Destination: { ToAddresses: [to] },
    Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello' } } } },
    ConfigurationSetName: 'mail',
  });
const emailsTo = async (to: string) => {
  const emails = (await (await fetch(`${local.sink.inboxUrl}/emails`)).json()) as { to: string[] }[];
  return emails.filter((entry) => entry.to.includes(to)).length;
};
const text = (MessageBody: string, OriginationIdentity = pool) =>
  new SendTextMessageCommand({ DestinationPhoneNumber: '+4366012345678', OriginationIdentity, MessageBody });
const textsOf = async (...bodies: string[]) => {
  const texts = (await (await fetch(`${local.sink.inboxUrl}/sms`)).json()) as { to: string; body: string }[];
  return texts.filter(({ body }) => bodies.includes(body)).map(({ to, body }) => [to, body]);
};
const countOf = (functionName: string, operation: string) =>
  local.gateway.calls.list().find((entry) => entry.function === functionName && entry.operation === operation);

before(async () => {
  local = await startGatewayWithEngines({
    secrets: { [secretArn]: 'key of the hashes' },
    configurationSets: { mail: { eventTypes: [] } },
  });
  const operator = dynamo();
  await operator.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  await waitUntilTableExists({ client: operator, maxWaitTime: 10, minDelay: 0.01 }, { TableName: 'orders' });
  topicArn = (await sns().send(new CreateTopicCommand({ Name: 'events' }))).TopicArn as string;
  queueUrl = (await sqs().send(new CreateQueueCommand({ QueueName: 'letters' }))).QueueUrl as string;
  await sns().send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
});
after(() => local.close());
afterEach(() => {
  local.gateway.faults.clear();
  local.gateway.calls.reset();
});

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

describe('Faults', () => {
  const fault = (name: string, more: object = {}) =>
    local.gateway.faults.replace([{ service: '*', operation: '*', fault: name, ...more } as never], 1);

  it("throttle: the service's own error, and the call is not executed", async () => {
    const key = local.addFunction('throttled', everything);
    fault('throttle');
    const names = await Promise.all(
      [
        dynamo(key).send(put('throttled')),
        sns(key).send(new PublishCommand({ PhoneNumber: '+4366012345678', Message: 'throttled' })),
        sqs(key).send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' })),
        ses(key).send(email('throttled@example.com')),
        smsVoice(key).send(text('throttled')),
        secrets(key).send(new GetSecretValueCommand({ SecretId: secretArn })),
      ].map(async (call) => (await rejection(call)).name),
    );
    assert.deepEqual(names, [
      'ProvisionedThroughputExceededException',
      'ThrottledException',
      'RequestThrottled',
      'TooManyRequestsException',
      'ThrottlingException',
      'ThrottlingException',
    ]);
    assert.equal(await exists('throttled'), false);
    assert.equal(await emailsTo('throttled@example.com'), 0);
    assert.deepEqual(await textsOf('throttled'), []);
  });

  it('error: HTTP 500, and the call is not executed', async () => {
    const key = local.addFunction('failing', everything);
    fault('error');
    const calls = [
      () => dynamo(key).send(put('failing')),
      () => ses(key).send(email('failing@example.com')),
      () => smsVoice(key).send(text('failing')),
      () => sqs(key).send(new ReceiveMessageCommand({ QueueUrl: queueUrl })),
    ];
    for (const call of calls) assert.equal((await rejection(call())).$metadata?.httpStatusCode, 500);
    assert.equal(await exists('failing'), false);
    assert.deepEqual(await textsOf('failing'), []);
  });

  it('refuse: the error of a refused connection, and the call is not executed; then the rule is used up', async () => {
    const key = local.addFunction('refused', everything);
    fault('refuse', { times: 1, operation: 'PutItem' });
    const client = dynamo(key);
    const error = await rejection(client.send(put('refused')));
    assert.equal(error.code, 'ECONNREFUSED');
    assert.match(error.message, /^connect ECONNREFUSED 127\.0\.0\.1:\d+/);
    assert.equal(await exists('refused'), false);
    await client.send(put('refused'));
    assert.equal(local.gateway.faults.list()[0]?.hits, 1);
    assert.equal(countOf('refused', 'PutItem')?.count, 2);
  });

  it('lose-response: the call is executed, then the connection is reset', async () => {
    const key = local.addFunction('lost', everything);
    fault('lose-response');
    assert.equal((await rejection(dynamo(key).send(put('lost')))).code, 'ECONNRESET');
    assert.ok(await exists('lost'));
    assert.equal((await rejection(ses(key).send(email('lost@example.com')))).code, 'ECONNRESET');
    assert.equal(await emailsTo('lost@example.com'), 1);
    assert.equal((await rejection(smsVoice(key).send(text('lost')))).code, 'ECONNRESET');
    assert.equal((await textsOf('lost')).length, 1);
  });

  it('delay: the call is executed after a pause, even if the caller has disconnected', async () => {
    const key = local.addFunction('slow', everything);
    fault('delay', { delayMs: 300 });
    const abort = new AbortController();
    const call = rejection(dynamo(key).send(put('slow'), { abortSignal: abort.signal }));
    await eventually('the fault to hit', async () => local.gateway.faults.list()[0]?.hits === 1);
    abort.abort();
    assert.equal((await call).name, 'AbortError');
    assert.equal(await exists('slow'), false);
    await eventually('the work to be done all the same', async () => exists('slow'));
  });

  for (const [name, done] of [
    ['kill-before', false],
    ['kill-after', true],
  ] as const) {
    it(`${name}: the caller is killed without an answer, and the call is ${done ? '' : 'not '}executed`, async () => {
      const id = `killed-${name}`;
      const clients: DynamoDBClient[] = [];
      const killed = Promise.withResolvers<string>();
      const key = local.addFunction('killed', everything, {
        kill: (accessKeyId) => {
          killed.resolve(accessKeyId);
          for (const client of clients) client.destroy();
        },
      });
      const abort = new AbortController();
      clients.push(dynamo(key));
      fault(name);
      const outcome = clients[0]?.send(put(id), { abortSignal: abort.signal }).then(
        () => 'answered',
        () => 'gone',
      );
      assert.equal(await killed.promise, key);
      assert.equal(await exists(id), done);
      abort.abort();
      assert.equal(await outcome, 'gone');
    });
  }

  it('transaction-conflict: another transaction holds the first item, and the call is not executed', async () => {
    const key = local.addFunction('conflicting', everything);
    fault('transaction-conflict', { service: 'dynamodb', operation: 'TransactWriteItems', times: 1 });
    const error = await rejection(dynamo(key).send(transaction('c1', 'c2')));
    assert.ok(error instanceof TransactionCanceledException);
    assert.deepEqual(
      error.CancellationReasons?.map(({ Code }) => Code),
      ['TransactionConflict', 'None'],
    );
    assert.equal(await exists('c1'), false);
    await dynamo(key).send(transaction('c1', 'c2'));
  });

  it('do not apply to the polls of a mapping or to unknown access keys', async () => {
    fault('error');
    await sqs(local.addFunction('polled', everything, { polling: true })).send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl }),
    );
    await dynamo().send(put('operator-under-faults'));
    assert.equal(local.gateway.faults.list()[0]?.hits, 0);
  });

  it('do not apply to calls that the policies refuse', async () => {
    fault('error');
    assert.equal(
      (await rejection(dynamo(local.addFunction('barred-too', [])).send(put('x')))).name,
      'AccessDeniedException',
    );
    assert.equal(local.gateway.faults.list()[0]?.hits, 0);
  });
});

describe('A long poll that its function abandons', () => {
  it('receives no message', async () => {
    const { QueueUrl = '' } = await sqs().send(new CreateQueueCommand({ QueueName: 'abandoned' }));
    const key = local.addFunction('poller', everything);
    const abort = new AbortController();
    const polling = rejection(
      sqs(key).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: abort.signal }),
    );
    await eventually('the poll to arrive', async () => countOf('poller', 'ReceiveMessage'));
    abort.abort();
    await polling;
    await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: 'still here' }));
    const { Messages = [] } = await sqs(key).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    assert.deepEqual(
      Messages.map(({ Body }) => Body),
      ['still here'],
    );
  });
});

describe('An engine that does not answer', () => {
  async function gatewayTo(upstream: string) {
    const upstreams = new Proxy({}, { get: () => upstream }) as Record<ServiceName, string>;
    const started = await startGatewayFor({ upstreams, smsUpstream: upstream });
    const client = new DynamoDBClient(
      clientSettings(started.gateway.endpoints.dynamodb, started.addFunction('lonely', everything)),
    );
    return { ...started, client };
  }
  const listen = async (server: Server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  };

  it('is a refused connection to the function', async () => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    const { gateway, client } = await gatewayTo(url);
    assert.equal((await rejection(client.send(put('x')))).code, 'ECONNREFUSED');
    await gateway.close();
  });

  it('may use any transfer encoding', async () => {
    const server = createHttpServer((_, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.write('{"Item":{"pk":{"S":"chunked"}},');
      response.end('"ConsumedCapacity":{"CapacityUnits":0.5}}');
    });
    const { gateway, client } = await gatewayTo(await listen(server));
    const { Item } = await client.send(new GetItemCommand({ TableName: 'orders', Key: { pk: { S: 'x' } } }));
    assert.deepEqual(Item, { pk: { S: 'chunked' } });
    await gateway.close();
    server.close();
  });

  it('is a reset connection if it fails during a call', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    const { gateway, client, lines } = await gatewayTo(await listen(server));
    assert.equal((await rejection(client.send(put('x')))).code, 'ECONNRESET');
    assert.match(lines.join('\n'), /The engine of dynamodb does not answer/);
    await gateway.close();
    server.close();
  });
});
