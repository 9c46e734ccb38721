import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import { type Call, customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { type Deployment, type Outputs, openDeployment } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { functionLogs, type LogEntry } from '#test/support/function-logs.ts';

/** Unique texts, also in parts, because a line may contain one half of a name. */
const PERSON = { first: 'Wilhelmine', last: 'Nachtigall', domain: 'privat-post.example', digits: '6609876' };
const CONTENT = 'Geheimes Geschenk';
const SECRETS = [...Object.values(PERSON), ...CONTENT.split(' ')];

let people = 0;

/** An order of a person whose data must not appear in any log. */
function aPrivateOrder(more: Record<string, unknown> = {}) {
  people += 1;
  const contact = {
    name: `${PERSON.first} ${PERSON.last}`,
    email: `${PERSON.first}.${PERSON.last}.${process.pid}.${people}@${PERSON.domain}`,
    phone: `+43${PERSON.digits}${String(people).padStart(4, '0')}`,
  };
  const lines = [{ sku: 'GIFT-1', description: CONTENT, quantity: 1, unitPrice: 100 }];
  return { contact, currency: 'EUR', lines, ...more };
}

describe('the functions’ logs', () => {
  let deployment: Deployment;
  let outputs: Outputs;
  let acme: ReturnType<typeof customerOf>;
  before(async () => {
    deployment = await openDeployment({ publishesItself: true });
    outputs = deployment.outputs;
    acme = customerOf(outputs, outputs.tokens.acme);
  });
  after(() => deployment.stop());

  /** Skips a test if the stage has no folder with logs. */
  const hasLogs = (t: TestContext): boolean => {
    const { logsFolder } = outputs as Partial<Outputs>;
    if (logsFolder === undefined)
      t.skip('The logs of a deployed stage are in CloudWatch, which this test does not read.');
    return logsFolder !== undefined;
  };
  const isOurOwn = (t: TestContext): boolean => {
    if (process.env.OUTPUTS) t.skip('Other users share this stage, so it gets neither faults nor poison messages.');
    return !process.env.OUTPUTS;
  };
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const at = (endpoint: string) => ({ endpoint, region: 'eu-central-1', credentials });
  const logs = (): LogEntry[] => functionLogs(outputs.logsFolder);
  const linesAbout = (correlationId: string) => logs().filter(({ json }) => json?.correlation_id === correlationId);

  /** Places an order with its own correlation id, which every line about it must contain. */
  const place = async (order: unknown = aPrivateOrder()): Promise<{ orderId: string; correlationId: string }> => {
    const correlationId = randomUUID();
    const headers = { 'x-correlation-id': correlationId };
    const placed = await acme.call('POST', '/orders', { key: randomUUID(), headers, body: order });
    assert.equal(placed.status, 201, placed.text);
    return { orderId: placed.json.orderId as string, correlationId };
  };
  const functionsAbout = (correlationId: string, expected: string[]): Promise<string[]> =>
    eventually(`lines about ${correlationId} of ${expected.join(', ')}`, async () => {
      const found = [...new Set(linesAbout(correlationId).map((line) => line.function))];
      return expected.every((name) => found.includes(name)) && found;
    });

  const mailIs = (orderId: string, status: string) =>
    eventually(`the mail of ${orderId} ${status}`, async () => {
      const notifications = await acme.notificationsOf(orderId);
      return notifications.some((one) => one.channel === 'email' && one.status === status);
    });

  it('contain an order’s correlation id in every function that handles it', async (t) => {
    if (!hasLogs(t)) return;
    const { orderId, correlationId } = await place();
    await acme.settled(orderId);
    const found = await functionsAbout(correlationId, [
      'handle-command',
      'send-email',
      'send-sms',
      'record-email-feedback',
    ]);
    // The lane that was faster has published it.
    assert.ok(found.includes('relay-outbox') || found.includes('wake-due'), found.join(' '));
  });

  it('contain it if the provider throttles, loses its answer, or refuses permanently', async (t) => {
    if (!hasLogs(t) || !isOurOwn(t)) return;
    const control = controlOf(outputs);
    const mail = { function: 'send-email', service: 'sesv2', operation: 'SendEmail' };
    const text = { function: 'send-sms', service: 'sns', operation: 'Publish' };
    for (const fault of ['throttle', 'refuse', 'lose-response']) {
      await control.inject({ ...mail, fault, times: 1 }, { ...text, fault, times: 1 });
      const { orderId, correlationId } = await place();
      await mailIs(orderId, 'SENT');
      await functionsAbout(correlationId, ['handle-command', 'send-email', 'send-sms']);
    }
    await control.heal();
    await control.pause('send-email');
    const refused = await place();
    await spoilAddress(refused.orderId);
    await control.resume('send-email');
    await mailIs(refused.orderId, 'FAILED');
    await functionsAbout(refused.correlationId, ['handle-command', 'send-email']);
  });

  /** Makes SES refuse the address, and quote it in the refusal. */
  async function spoilAddress(orderId: string): Promise<void> {
    const table = new DynamoDBClient(at(outputs.endpoints.dynamodb));
    await table.send(
      new UpdateItemCommand({
        TableName: outputs.tableName,
        Key: { pk: { S: `acme#order#${orderId}` }, sk: { S: `NOTIFICATION#order_${orderId}_1-1#CONTENT` } },
        UpdateExpression: 'SET #content.recipients[0] = :address',
        ExpressionAttributeNames: { '#content': 'content' },
        ExpressionAttributeValues: { ':address': { S: `${PERSON.first} ${PERSON.last}@${PERSON.domain}` } },
        ConditionExpression: 'attribute_exists(pk)',
      }),
    );
    table.destroy();
  }

  it('contain no data of a refused request', async (t) => {
    if (!hasLogs(t)) return;
    const order = aPrivateOrder();
    const { email, name, phone } = order.contact;
    const [line] = order.lines;
    const calls: [path: string, Call][] = [
      ['/orders', { key: randomUUID(), body: aPrivateOrder({ currency: email, [email]: phone }) }],
      ['/orders', { key: randomUUID(), body: aPrivateOrder({ contact: { name: email, email: name, phone: name } }) }],
      ['/orders', { key: randomUUID(), body: aPrivateOrder({ lines: [{ ...line, sku: name, quantity: phone }] }) }],
      ['/orders', { key: randomUUID(), body: `{"contact": "${email}` }],
      ['/orders', { key: `${email}\u00fc`, body: order }],
      ['/orders', { key: email, body: order, headers: { 'x-correlation-id': email, traceparent: email } }],
      ['/orders', { key: email, body: aPrivateOrder() }],
      [`/orders/${encodeURIComponent(email)}/items?of=${encodeURIComponent(email)}`, { key: randomUUID(), body: line }],
    ];
    const answers = [];
    for (const [path, call] of calls) answers.push((await acme.call('POST', path, call)).status);
    answers.push((await acme.call('GET', `/orders/${encodeURIComponent(email)}`)).status);
    assert.deepEqual(answers, [400, 400, 400, 400, 400, 201, 422, 404, 404]);
  });

  it('contain no data of poison messages', async (t) => {
    if (!hasLogs(t) || !isOurOwn(t)) return;
    const [sns, sqs] = [new SNSClient(at(outputs.endpoints.sns)), new SQSClient(at(outputs.endpoints.sqs))];
    const { email, name } = aPrivateOrder().contact;
    const asText = (StringValue: string) => ({ DataType: 'String', StringValue });
    const MessageAttributes = { type: asText('counterfoil.notification.requested.v1'), channel: asText('email') };
    const envelope = {
      specversion: '1.0',
      id: email,
      source: email,
      type: email,
      subject: name,
      time: name,
      datacontenttype: 'application/json',
      tenantid: name,
      correlationid: email,
      causationid: email,
      sequence: '1.1',
      data: { notificationId: email, channel: 'email' },
    };
    const request = { ...envelope, type: 'counterfoil.notification.requested.v1' };
    const poison = [`to ${email}`, `"${email}"`, '{}', envelope, request, { ...request, data: email }];
    for (const message of poison) {
      const Message = typeof message === 'string' ? message : JSON.stringify(message);
      await sns.send(new PublishCommand({ TopicArn: outputs.topicArn, Message, MessageAttributes }));
    }
    const mail = {
      timestamp: '2026-01-01T00:00:00.000Z',
      messageId: 'ses-1',
      destination: [email],
      commonHeaders: { to: [email] },
    };
    const feedback = [`about ${email}`, { eventType: email, mail }, { eventType: 'Send', mail: { ...mail, tags: {} } }];
    for (const event of feedback) {
      const MessageBody = typeof event === 'string' ? event : JSON.stringify(event);
      await sqs.send(new SendMessageCommand({ QueueUrl: outputs.queues['record-email-feedback']?.url, MessageBody }));
    }
    const setAside = (name: string) =>
      logs().filter((line) => line.function === name && line.json?.message === 'Message set aside as a dead letter');
    await eventually('all dead letters', async () => setAside('send-email').length >= poison.length);
    await eventually(
      'the dead letters of the provider’s events',
      async () => setAside('record-email-feedback').length >= 2,
    );
    for (const client of [sns, sqs]) client.destroy();
  });

  // The last tests, because they read the lines of all tests before.
  it('contain no name, address, number or content of a person', (t) => {
    if (!hasLogs(t)) return;
    const encoded = SECRETS.flatMap((secret) => [secret, encodeURIComponent(secret)]).map((text) => text.toLowerCase());
    const found = logs().filter(({ text }) => encoded.some((secret) => text.toLowerCase().includes(secret)));
    assert.deepEqual(
      found.map((line) => `${line.function}: ${line.text}`),
      [],
    );
    const written = new Set(logs().map((line) => line.function));
    for (const name of ['handle-command', 'serve-query', 'relay-outbox', 'send-email', 'send-sms', 'wake-due'])
      assert.ok(written.has(name), `${name} has written nothing, so nothing was proven of it`);
  });

  it('are JSON, and each line has a time, a level, a message, a service, an invocation id, and the id of its request', (t) => {
    if (!hasLogs(t)) return;
    const faulty = logs().flatMap((line) => missingIn(line).map((what) => `${line.function}, ${what}: ${line.text}`));
    assert.deepEqual(faulty, []);
  });
});

const ALWAYS = ['level', 'timestamp', 'message', 'service', 'function_request_id'];
/** Fields that only lines about a single request have. */
const ABOUT_ONE = ['routeKey', 'commandId', 'notificationId'];

/** Required fields that a line does not have. */
function missingIn({ function: name, json }: LogEntry): string[] {
  if (json === undefined) return ['no JSON'];
  // Metrics in CloudWatch's embedded metric format, which has no such fields.
  if ('_aws' in json) return [];
  const missing = ALWAYS.filter((field) => typeof json[field] !== 'string' || json[field] === '');
  // wake-due sends probes by itself, so no request caused them.
  const isAboutOne = ABOUT_ONE.some((field) => field in json) && json.notificationId !== PROBE_ID;
  if (isAboutOne && typeof json.correlation_id !== 'string') missing.push('correlation_id');
  return json.service === name ? missing : [...missing, 'the service is another'];
}
