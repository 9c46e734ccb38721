import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { DynamoDBClient, GetItemCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { ServiceName } from '#infra/local/aws/services.ts';
import { eventually } from '#test/support/eventually.ts';
import { clientSettings, rejection, startGatewayFor } from '#test/support/local-gateway.ts';
import {
  countOf,
  dynamo,
  email,
  emailsTo,
  everything,
  exists,
  local,
  put,
  queueUrl,
  secretArn,
  secrets,
  ses,
  smsVoice,
  sns,
  sqs,
  text,
  textsOf,
  transaction,
} from './gateway-under-test.ts';

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
