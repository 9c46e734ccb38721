import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AttributeValue, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { anOrder, customerOf } from '#test/support/api.ts';
import { envelopeOf, envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal } from '#test/support/local.ts';

type DeadLetter = { id: string; subscriber: string; reason: string; detail: string; message?: string };

/** The test writes directly to queues and table, which needs an account's credentials and triggers its alarms. */
const skip =
  process.env.OUTPUTS !== undefined &&
  'Poison messages are tested on a separate local cloud only, not on the stage that OUTPUTS names.';

describe('a poison message', { skip }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  let operator: ReturnType<typeof customerOf>;
  before(async () => {
    here = await openLocal();
    operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
  });
  after(() => here.stop());

  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const deadLetters = async () => (await operator.call('GET', '/dead-letters')).json.deadLetters as DeadLetter[];
  const untilRecorded = (subscriber: string, reasons: string[]): Promise<DeadLetter[]> =>
    eventually(`dead letters of ${subscriber}`, async () => {
      const own = (await deadLetters()).filter((letter) => letter.subscriber === subscriber);
      assert.deepEqual(own.map(({ reason }) => reason).sort(), [...reasons].sort());
      return own;
    });

  it('on our own topic is recorded with its reason, and blocks nothing', async () => {
    const { endpoints, topicArn } = here.cloud.outputs;
    const sns = new SNSClient({ endpoint: endpoints.sns, region: 'eu-central-1', credentials });
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const asRequest = { type: text('counterfoil.notification.requested.v1'), channel: text('email') };
    const envelope = envelopeOf({
      id: 'envelope-1',
      type: 'counterfoil.notification.requested.v1',
      data: { notificationId: 'order_none_1-1', channel: 'email' },
    });
    const bodies = [
      'no json',
      '{}',
      JSON.stringify(envelope),
      JSON.stringify({ ...envelope, id: 'envelope-2', type: 'counterfoil.notification.requested.v9' }),
    ];
    for (const Message of bodies)
      await sns.send(new PublishCommand({ TopicArn: topicArn, Message, MessageAttributes: asRequest }));
    const placed = await here.acme.place(anOrder());
    await here.acme.settled(placed.json.orderId as string);
    // A message of a newer version is not a dead letter, because it is announced again.
    const letters = await untilRecorded('send-email', ['NOT_JSON', 'MALFORMED', 'NO_SUCH_NOTIFICATION']);
    assert.ok(letters.some(({ id, message }) => id === 'envelope-1' && message === JSON.stringify(envelope)));
    sns.destroy();
  });

  it('about an order is recorded, and other orders get into the list', async () => {
    const { endpoints, topicArn } = here.cloud.outputs;
    const sns = new SNSClient({ endpoint: endpoints.sns, region: 'eu-central-1', credentials });
    const type = 'counterfoil.order.placed.v1';
    const MessageAttributes = { type: { DataType: 'String', StringValue: type } };
    const bodies = ['no json', envelopeText({ id: 'poison-1', type, data: {} })];
    for (const Message of bodies)
      await sns.send(new PublishCommand({ TopicArn: topicArn, Message, MessageAttributes }));
    const { json } = await here.acme.place(anOrder());
    await eventually('the order in the list', async () => {
      const listed = await here.acme.call<{ orders: { orderId: string }[] }>('GET', '/orders');
      return listed.json.orders.some(({ orderId }) => orderId === json.orderId);
    });
    await untilRecorded('project-orders', ['NOT_JSON', 'MALFORMED']);
    sns.destroy();
  });

  it('in the outbox is recorded by both lanes, except for one of a newer version, and blocks nothing', async () => {
    const { endpoints, tableName } = here.cloud.outputs;
    const table = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: 'eu-central-1', credentials });
    const row = (name: string, more: Record<string, AttributeValue>) => ({
      pk: { S: 'acme#order#none' },
      sk: { S: `OUTBOX#http#${name}` },
      dueShard: { S: 'outbox#0' },
      dueAt: { N: '1' },
      schemaVersion: { N: '1' },
      ...more,
    });
    const rows = [row('shapeless', {}), row('newer', { schemaVersion: { N: '2' } })];
    for (const Item of rows) await table.send(new PutItemCommand({ TableName: tableName, Item }));
    const placed = await here.acme.place(anOrder());
    await here.acme.settled(placed.json.orderId as string);
    await untilRecorded('relay-outbox', ['UNREADABLE_RECORD']);
    await untilRecorded('wake-due', ['MALFORMED']);
    const left = await eventually('only the newer one is due, later', async () => {
      const Key = { pk: { S: 'acme#order#none' }, sk: { S: 'OUTBOX#http#newer' } };
      const { Item } = await table.send(new GetItemCommand({ TableName: tableName, Key }));
      return Number(Item?.dueAt?.N) > Date.now() && Item;
    });
    assert.ok(left.dueShard);
    table.destroy();
  });

  it('among the provider’s events is recorded without its content', async () => {
    const { endpoints, queues } = here.cloud.outputs;
    const sqs = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
    const mail = { timestamp: '2026-01-01T00:00:00.000Z', messageId: 'm1', destination: ['ada@example.com'] };
    const tags = { tenant: ['acme'], notification: ['order_none_1-1'], attempt: ['forged'] };
    const bodies = [
      'about ada@example.com',
      JSON.stringify({ eventType: 'Send', mail: { ...mail, tags: {} } }),
      JSON.stringify({ eventType: 'Send', mail: { ...mail, tags } }),
      'Successfully validated SNS topic for Amazon SES event publishing.',
    ];
    for (const MessageBody of bodies)
      await sqs.send(new SendMessageCommand({ QueueUrl: queues['record-email-feedback']?.url, MessageBody }));
    const letters = await untilRecorded('record-feedback', ['NOT_JSON', 'MALFORMED', 'NO_SUCH_NOTIFICATION']);
    assert.doesNotMatch(JSON.stringify(letters), /ada@/);
    for (const { url = '', dlqUrl = '' } of [queues['record-email-feedback'] ?? {}]) {
      await eventually('the queue is empty', async () => (await here.depthOf(url)) === 0);
      assert.equal(await here.depthOf(dlqUrl), 0);
    }
    sqs.destroy();
  });

  it('on which its function crashed each time moves from the dead-letter queue to the dead letters', async () => {
    const { endpoints, queues } = here.cloud.outputs;
    const sqs = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
    const crashed = envelopeText({ id: 'crashed-1', type: 'counterfoil.order.placed.v1', data: {} });
    const event = { eventType: 'Send', mail: { destination: ['ada@example.com'] } };
    const dead: [string, string][] = [
      ['release-attachments', crashed],
      ['record-email-feedback', JSON.stringify(event)],
    ];
    for (const [name, MessageBody] of dead)
      await sqs.send(new SendMessageCommand({ QueueUrl: queues[name]?.dlqUrl, MessageBody }));
    const [letter] = await untilRecorded('release-attachments', ['CRASHED']);
    assert.deepEqual([letter?.id, letter?.message], ['crashed-1', crashed]);
    const feedback = await eventually('the event', async () =>
      (await deadLetters()).filter(
        ({ subscriber, reason }) => subscriber === 'record-feedback' && reason === 'CRASHED',
      ),
    );
    assert.equal(feedback.length, 1);
    assert.doesNotMatch(JSON.stringify(await deadLetters()), /ada@/);
    for (const [name] of dead)
      await eventually(`${name} is drained`, async () => (await here.depthOf(queues[name]?.dlqUrl ?? '')) === 0);
    sqs.destroy();
  });

  it('on which its function really crashes in every delivery ends there too, and blocks nothing afterwards', async () => {
    const { endpoints, queues } = here.cloud.outputs;
    const { url: QueueUrl, dlqUrl = '' } = queues['project-orders'] ?? assert.fail();
    const sqs = new SQSClient({ endpoint: endpoints.sqs, region: 'eu-central-1', credentials });
    // The queue waits minutes after a crash. The test changes this time alone: SQS itself counts and moves.
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }));
    const crash = { service: 'dynamodb', operation: '*', fault: 'kill-before' };
    await here.control.inject({ function: 'project-orders', ...crash });
    const { json } = await here.acme.place(anOrder());
    const orderId = json.orderId as string;
    const path = '/dead-letters?subscriber=project-orders&reason=CRASHED';
    const crashed = await eventually('the dead letter', async () => {
      const letters = (await operator.call('GET', path)).json.deadLetters as Record<string, unknown>[];
      return letters.length === 2 && letters;
    });
    const types = ['counterfoil.order.first-item-added.v1', 'counterfoil.order.placed.v1'];
    assert.deepEqual(crashed.map(({ messageType }) => messageType).toSorted(), types);
    const about = { tenant: 'acme', subject: `order/${orderId}`, attempts: 5, count: 1, status: 'open' };
    for (const letter of crashed) assert.deepEqual({ ...letter, ...about }, letter);
    const [rule] = await here.control.faults();
    assert.ok((rule?.hits ?? 0) >= 5);
    for (const queue of [QueueUrl, dlqUrl])
      await eventually('its queues are empty', async () => (await here.depthOf(queue)) === 0);

    await here.control.heal();
    const listed = async () =>
      (await here.acme.call<{ orders: { orderId: string }[] }>('GET', '/orders')).json.orders.map((one) => one.orderId);
    const later = (await here.acme.place(anOrder())).json.orderId as string;
    await eventually('a later order in the list', async () => (await listed()).includes(later));
    assert.ok(!(await listed()).includes(orderId));
    sqs.destroy();
  });

  it('is grouped, owned and discarded once, with an audit entry', async () => {
    const get = async <Answer extends object>(path: string) => (await operator.call<Answer>('GET', path)).json;
    type Group = {
      fingerprint: string;
      reason: string;
      count: number;
      example: string;
      owner?: string;
      frames: string[];
    };
    const groupOf = async (): Promise<Group | undefined> => {
      const { groups } = await get<{ groups: (Group & { subscriber: string })[] }>('/dead-letters/groups');
      return groups.find(({ subscriber, reason }) => subscriber === 'send-email' && reason === 'NOT_JSON');
    };
    const group = (await groupOf()) ?? assert.fail('There is no group.');
    assert.equal(group.count, 1);
    assert.match(group.frames[0] ?? '', /^shared\/messaging\/parse\.ts:\d+$/);
    const path = `/dead-letters/groups/${group.fingerprint}`;
    const described = await operator.call('PATCH', path, { key: randomUUID(), body: { owner: 'mail team' } });
    assert.equal(described.status, 200, described.text);
    assert.equal((await groupOf())?.owner, 'mail team');
    const key = randomUUID();
    const body = { reason: 'A test.' };
    const discard = (idempotencyKey: string) =>
      operator.call('POST', `/dead-letters/${group.example}/discard`, { key: idempotencyKey, body });
    const first = await discard(key);
    assert.equal(first.status, 200, first.text);
    assert.equal((await discard(key)).text, first.text);
    assert.equal((await discard(randomUUID())).json.code, 'DEAD_LETTER_NOT_OPEN');
    await eventually('the group is empty', async () => (await groupOf()) === undefined);
    const { entries } = await get<{ entries: { action: string; count: number }[] }>('/audit');
    assert.deepEqual(
      entries.map(({ action, count }) => [action, count]),
      [
        ['discard', 1],
        ['describe-group', 1],
      ],
    );
    assert.equal((await operator.call('GET', '/dead-letters?colour=red')).status, 400);
    for (const forbidden of ['/dead-letters/groups', `/dead-letters/${group.example}`, '/audit'])
      assert.equal((await here.acme.call('GET', forbidden)).status, 403, forbidden);
    const byTenant = await here.acme.call('POST', `/dead-letters/${group.example}/discard`, {
      key: randomUUID(),
      body,
    });
    assert.equal(byTenant.status, 403);
  });

  it('is visible to operators only', async () => {
    assert.equal((await here.acme.call('GET', '/dead-letters')).status, 403);
    assert.equal((await operator.call('GET', '/dead-letters', { key: randomUUID() })).status, 200);
  });
});
