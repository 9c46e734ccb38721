import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from '#infra/local/engines/fauxqs.ts';
import { createMessaging } from '#infra/local/engines/provision.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import { type Engine, supervise } from '#infra/local/processes/supervisor.ts';
import type { Plan, QueuePlan } from '#infra/local/template/plan.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { childrenOf, isRunning, pidIn } from '#test/support/processes.ts';

const region = 'eu-x-1';
const settings = (endpoint: string) => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

describe('Processes of the local cloud', () => {
  it('end when it is killed, even if they ignore signals', async (t) => {
    const source = `
      const { startReaper } = await import('#infra/local/processes/reaper.ts');
      const child = startReaper().spawn('/bin/sh', ['-c', 'trap "" TERM HUP INT; echo ready; while :; do sleep 1; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.once('data', () => console.log(child.pid));`;
    const start = async (): Promise<{ parent: ChildProcess; pid: number }> => {
      const parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      t.after(() => parent.kill('SIGKILL'));
      const [printed] = await once(parent.stdout, 'data');
      return { parent, pid: Number(printed) };
    };
    const first = await start();
    assert.ok(isRunning(first.pid));
    first.parent.kill('SIGKILL');
    await eventually('the child to die', async () => !isRunning(first.pid));

    // The reaper's shell may be killed first.
    const second = await start();
    const children = childrenOf(second.parent.pid as number);
    const shell = children.find((pid) => pid !== second.pid) as number;
    process.kill(shell, 'SIGKILL');
    await eventually('its successor', async () =>
      childrenOf(second.parent.pid as number).some((pid) => pid !== second.pid && pid !== shell),
    );
    second.parent.kill('SIGKILL');
    await eventually('the child to die', async () => !isRunning(second.pid));
  });

  it('are no longer started after repeated crashes', async () => {
    const folder = temporaryFolder();
    const reaper = startReaper();
    const lines: string[] = [];
    const failed = Promise.withResolvers<Error>();
    const stop = await supervise({
      name: 'The engine',
      pidFile: join(folder, 'pid'),
      marker: folder,
      launch: async () => reaper.spawn('/bin/false', [], { stdio: 'ignore' }),
      log: (line) => lines.push(line),
      onFailure: failed.resolve,
    });
    assert.match((await failed.promise).message, /^The engine ended 6 times within 10 seconds/);
    assert.equal(lines.length, 6);
    await stop();
    await reaper.close();
    removeFolder(folder);
  });
});

describe('fauxqs', () => {
  const folder = temporaryFolder();
  let reaper: Reaper;
  let engine: Engine;
  let sqs: SQSClient;
  let sns: SNSClient;
  const start = async (): Promise<void> => {
    engine = await startFauxqs({ folder, reaper, log: () => undefined, onFailure: (error) => assert.fail(error) });
    sqs = new SQSClient(settings(engine.url));
    sns = new SNSClient(settings(engine.url));
  };
  const stop = async (): Promise<void> => {
    sqs.destroy();
    sns.destroy();
    await engine.stop();
  };
  const arn = (name: string): string => `arn:aws:sqs:${region}:000000000000:${name}`;
  const queue = (name: string, more: Partial<QueuePlan> = {}): QueuePlan => ({
    name,
    arn: arn(name),
    url: `${engine.url}/000000000000/${name}`,
    visibilityTimeoutSeconds: 30,
    ...more,
  });
  const topicArn = `arn:aws:sns:${region}:000000000000:topic`;
  const planOf = (parts: Partial<Plan>): Plan =>
    ({ topics: [], queues: [], subscriptions: [], ...parts }) as Partial<Plan> as Plan;
  const provision = (parts: Partial<Plan>): Promise<void> =>
    createMessaging(planOf(parts), { endpoint: engine.url, region });
  const receive = async (name: string, WaitTimeSeconds = 0): Promise<string[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queue(name).url, WaitTimeSeconds, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = '' }) => Body);
  };
  const send = (name: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queue(name).url, MessageBody }));
  before(async () => {
    reaper = startReaper();
    await start();
  });
  after(async () => {
    await stop();
    await reaper.close();
    removeFolder(folder);
  });

  it('replaces earlier subscriptions with those of the template', async () => {
    const [one, two] = [queue('one'), queue('two')];
    const to = (queueArn: string, type?: string) => ({
      topicArn,
      queueArn,
      raw: true,
      ...(type ? { filterPolicy: { type: [type] } } : {}),
    });
    const topics = [{ name: 'topic', arn: topicArn }];
    const publish = (type: string) =>
      sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: type,
          MessageAttributes: { type: { DataType: 'String', StringValue: type } },
        }),
      );
    await provision({ topics, queues: [one, two], subscriptions: [to(one.arn, 'a'), to(two.arn)] });
    await publish('a');
    await publish('b');
    assert.deepEqual(await receive('one'), ['a']);
    assert.deepEqual(await receive('two'), ['a', 'b']);
    await provision({ topics, queues: [one, two], subscriptions: [to(one.arn, 'b')] });
    await publish('a');
    await publish('b');
    assert.deepEqual(await receive('one'), ['b']);
    assert.deepEqual(await receive('two'), []);
  });

  it('keeps messages, messages in flight and receive counts after a kill', async () => {
    await provision({ queues: [queue('held', { visibilityTimeoutSeconds: 600 }), queue('counted')] });
    await send('held', 'in flight');
    assert.deepEqual(await receive('held'), ['in flight']);
    await send('held', 'waiting');
    await send('counted', 'again and again');
    const countOf = async (): Promise<string | undefined> => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queue('counted').url,
          VisibilityTimeout: 0,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return Messages[0]?.Attributes?.ApproximateReceiveCount;
    };
    assert.equal(await countOf(), '1');
    process.kill(pidIn(folder), 'SIGKILL');
    assert.equal(await eventually('the engine to be back', countOf), '2');
    assert.deepEqual(await receive('held'), ['waiting']);
  });

  it('keeps the attributes of a message on its way into the dead-letter queue, and the groups of a batch', async () => {
    const policy = { deadLetterTargetArn: arn('dead'), maxReceiveCount: 1 };
    await provision({ queues: [queue('dead'), queue('source', { redrive: policy })] });
    const redrive = { DataType: 'String', StringValue: 'letter#1' };
    const entries = ['acme', 'globex'].map((MessageGroupId, index) => ({
      ...{ Id: String(index), MessageBody: `of ${MessageGroupId}`, MessageGroupId },
      MessageAttributes: { redrive },
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue('source').url, Entries: entries }));
    const received = async (name: string) => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl: queue(name).url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 },
          ...{ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] },
        }),
      );
      return Messages.map(({ Body, MessageAttributes = {}, Attributes = {} }) => [
        ...[Body, Attributes.MessageGroupId, MessageAttributes.redrive?.StringValue],
      ]).sort();
    };
    const both = [
      ['of acme', 'acme', 'letter#1'],
      ['of globex', 'globex', 'letter#1'],
    ];
    assert.deepEqual(await received('source'), both);
    assert.deepEqual(await received('source'), []);
    assert.deepEqual(await received('dead'), both);
  });

  it('delivers nothing to a poller that has disconnected', async () => {
    await provision({ queues: [queue('abandoned')] });
    const poll = request(engine.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    });
    poll.on('error', () => undefined);
    poll.end(JSON.stringify({ QueueUrl: queue('abandoned').url, WaitTimeSeconds: 20 }));
    await once(poll, 'finish');
    // Once the engine has answered later requests, the poll is waiting.
    await receive('abandoned');
    await receive('abandoned');
    poll.destroy();
    await receive('abandoned');
    const [received] = await Promise.all([receive('abandoned', 20), send('abandoned', 'for who listens')]);
    assert.deepEqual(received, ['for who listens']);
  });

  it('answers one of several pollers immediately, and ends a poll without messages at its timeout', async () => {
    await provision({ queues: [queue('polled')] });
    const polls = Promise.all([receive('polled', 1), receive('polled', 1)]);
    await send('polled', 'once');
    assert.deepEqual((await polls).flat(), ['once']);
  });

  it('delivers message groups fairly: the backlog of one does not delay another', async () => {
    await provision({
      topics: [{ name: 'topic', arn: topicArn }],
      queues: [queue('fair')],
      subscriptions: [{ topicArn, queueArn: arn('fair'), raw: true }],
    });
    const batch = (tenant: string, count: number) =>
      sns.send(
        new PublishBatchCommand({
          TopicArn: topicArn,
          PublishBatchRequestEntries: Array.from({ length: count }, (_, position) => ({
            Id: String(position),
            Message: `${tenant} ${position}`,
            MessageGroupId: tenant,
          })),
        }),
      );
    await batch('noisy', 10);
    await batch('noisier', 2);
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'quiet 0', MessageGroupId: 'quiet' }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue('fair').url,
        MaxNumberOfMessages: 4,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    assert.deepEqual(
      Messages.map(({ Body, Attributes }) => [Body, Attributes?.MessageGroupId]),
      [
        ['noisy 0', 'noisy'],
        ['noisier 0', 'noisier'],
        ['quiet 0', 'quiet'],
        ['noisy 1', 'noisy'],
      ],
    );
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'late 0', MessageGroupId: 'late' }));
    assert.equal((await receive('fair'))[0], 'late 0', 'who has none in flight comes first');
  });

  it('makes a returned message visible again', async () => {
    await provision({ queues: [queue('returned')] });
    await send('returned', 'again');
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue('returned').url }));
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queue('returned').url,
        ReceiptHandle: Messages[0]?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    assert.deepEqual(await receive('returned'), ['again']);
  });

  it('moves a message to the dead-letter queue after its maximum receive count, permanently', async () => {
    const redrive = { deadLetterTargetArn: arn('doomed-dead'), maxReceiveCount: 1 };
    await provision({ queues: [queue('doomed-dead'), queue('doomed', { visibilityTimeoutSeconds: 0, redrive })] });
    await send('doomed', 'poison');
    assert.deepEqual(await receive('doomed'), ['poison']);
    assert.deepEqual(await receive('doomed'), []);
    await stop();
    await start();
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queue('doomed-dead').url, AttributeNames: ['All'] }),
    );
    assert.equal(Attributes?.ApproximateNumberOfMessages, '1');
    assert.deepEqual(await receive('doomed-dead'), ['poison']);
  });
});
