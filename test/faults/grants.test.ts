import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { FUNCTION } from '#shared/names.ts';
import { anOrder, customerOf } from '#test/support/api.ts';
import { documented } from '#test/support/aws-events.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal, placeMany } from '#test/support/local.ts';
import { becomesDue, tableOf } from '#test/support/rows.ts';
import { failedWithLostFile } from './lost-file.ts';

/** Actions that a Lambda mapping needs at its setup, or never for our batches. The CDK grants them. */
const NEEDED_BY_LAMBDA = [
  'dynamodb:ListStreams',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
];

/**
 * Functions of the platform. A business domain proves its own permissions. The local cloud invokes the token trigger only
 * for people, whose tenant is not read from the table.
 */
const CALLED: string[] = Object.values(FUNCTION).filter(
  // `test/slow/automatic-redrive.test.ts` shows it for redrive-on-alarm, because an alarm needs minutes to fire.
  (name) => name !== FUNCTION.addTenantClaim && name !== FUNCTION.redriveOnAlarm,
);

const SENDERS: string[] = [FUNCTION.sendEmail, FUNCTION.sendSms];

type Grant = { function: string; action: string };

/** A bounce on which its function crashed each time. The dead letter contains the keys of its recipients. */
async function crashOnBounce({ endpoints, queues }: Outputs): Promise<void> {
  const sqs = new SQSClient({
    endpoint: endpoints.sqs,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
  });
  const bounce = documented.ses('bounce');
  const tags = { tenant: ['acme'], notification: ['order_none_1-1'], attempt: ['nonce'] };
  const MessageBody = JSON.stringify({ ...bounce, mail: { ...bounce.mail, tags } });
  await sqs.send(new SendMessageCommand({ QueueUrl: queues['record-email-feedback']?.dlqUrl, MessageBody }));
  sqs.destroy();
}

/** A webhook, with every call of the functions that request and post it: conflicts, and an unavailable table. */
async function confirmWithWebhook(
  { acme, inbox, control, cloud }: Awaited<ReturnType<typeof openLocal>>,
  returning: (...names: string[]) => Promise<void>,
): Promise<void> {
  const eventTypes = ['counterfoil.order.confirmed.v1', 'counterfoil.order.placed.v1'];
  const endpoints = [{ endpointId: 'billing', url: inbox.hook('billing'), eventTypes }];
  const put = await acme.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints } });
  assert.equal(put.status, 200, put.text);
  const operation = 'TransactWriteItems';
  const conflict = { service: 'dynamodb', operation, fault: 'transaction-conflict', times: 1 };
  await control.inject(...['request-webhooks', 'post-webhook'].map((name) => ({ function: name, ...conflict })));
  const [placed = assert.fail()] = await placeMany(acme, 1);
  await eventually('a webhook that is sent', async () =>
    (await acme.notificationsOf(placed.orderId)).some((one) => one.channel === 'webhook' && one.status === 'SENT'),
  );
  await returning('request-webhooks');
  await returning('post-webhook');
  // A message that is poison.
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const { endpoints: at, topicArn } = cloud.outputs;
  const sns = new SNSClient({ endpoint: at.sns, region: 'eu-central-1', credentials });
  for (const type of ['counterfoil.nothing.v1', 'counterfoil.notification.requested.v1']) {
    const attributes = { type, channel: 'webhook' };
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    );
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: '{}', MessageAttributes }));
  }
  sns.destroy();
}

/** A replay, a pause, an approval, and a reminder that is due. Their functions run every minute, or at once when they are resumed. */
async function replayAndProcesses({ acme, cloud, control }: Awaited<ReturnType<typeof openLocal>>): Promise<void> {
  const operator = customerOf(cloud.outputs, cloud.outputs.tokens.operator);
  const replay = await operator.call('POST', '/replays', { key: 'replay', body: { projection: 'orders' } });
  assert.equal(replay.status, 202, replay.text);
  // A pause that watch-lanes applies.
  const body = { reason: 'A test.' };
  const paused = await operator.call('POST', '/subscribers/project-statistics/pause', { key: 'pause', body });
  assert.equal(paused.status, 202, paused.text);
  await eventually('a subscriber that is paused', async () =>
    (await operator.call('GET', '/subscribers')).text.includes('"state":"paused"'),
  );
  const resumed = await operator.call('POST', '/subscribers/project-statistics/resume', { key: 'resume', body });
  assert.equal(resumed.status, 202, resumed.text);
  const [approved = assert.fail(), reminded = assert.fail()] = await placeMany(acme, 2);
  for (const step of ['confirm', 'approve']) {
    const answer = await acme.call('POST', `/orders/${approved.orderId}/${step}`, { key: step, body: {} });
    assert.equal(answer.status, 200, answer.text);
  }
  const table = tableOf(cloud.outputs);
  const key = { pk: `acme#order#${reminded.orderId}`, sk: `REMINDER#${reminded.orderId}` };
  await eventually('a reminder that is due', () => becomesDue(table, key));
  table.client.destroy();
  for (const name of ['run-replay', 'wake-due']) {
    await control.pause(name);
    await control.resume(name);
  }
}

/** Redrives of a message that is in a dead-letter queue, and of an e-mail whose file was lost. */
async function redriveBoth(here: Awaited<ReturnType<typeof openLocal>>, message: string): Promise<void> {
  const { outputs } = here.cloud;
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.queues['project-orders']?.dlqUrl, MessageBody: message }));
  sqs.destroy();
  await redriveAll(here, { subscriber: 'project-orders', reason: 'CRASHED' });
  const { putBack } = await failedWithLostFile(here, 'lost@example.com');
  await putBack();
  await redriveAll(here, { subscriber: 'send-email', reason: 'ATTACHMENT_MISSING' });
}

/** Its function runs every minute, or at once when it is resumed. */
async function redriveAll(
  { cloud: { outputs }, control }: Awaited<ReturnType<typeof openLocal>>,
  selection: { subscriber: string; reason: string },
): Promise<void> {
  const operator = customerOf(outputs, outputs.tokens.operator);
  const planned = await eventually('a plan', async () => {
    const answer = await operator.call('POST', '/redrives', { key: `plan ${Date.now()}`, body: { selection } });
    return answer.status === 201 ? answer : Promise.reject(new Error(answer.text));
  });
  const path = `/redrives/${planned.json.redriveId}`;
  const started = await operator.call('POST', `${path}/start`, { key: `start ${selection.subscriber}`, body: {} });
  assert.equal(started.status, 200, started.text);
  await control.pause('run-redrive');
  await control.resume('run-redrive');
  await eventually('the end of the redrive', async () => {
    const { json } = await operator.call('GET', path);
    return json.status === 'done' || Promise.reject(new Error(JSON.stringify(json)));
  });
}

/** An edit of a dead letter that requests a notification. The notification has to be unchanged. */
async function editOne({ acme, cloud }: Awaited<ReturnType<typeof openLocal>>): Promise<void> {
  const { outputs } = cloud;
  const operator = customerOf(outputs, outputs.tokens.operator);
  const later = { sendAt: new Date(Date.now() + 86_400_000).toISOString(), subject: 'Later', text: 'Later.' };
  const body = { channel: 'email', to: ['ada@example.com'], ...later };
  const { json } = await acme.call('POST', '/notifications', { key: 'later', body });
  const notificationId = String(json.notificationId);
  const type = 'counterfoil.notification.requested.v1';
  const subject = `notification/${notificationId}`;
  const text = envelopeText({ type, subject, data: { notificationId, channel: 'fax' } });
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.queues['send-email']?.url, MessageBody: text }));
  sqs.destroy();
  const letter = await eventually('the dead letter', async () => {
    const { json: page } = await operator.call('GET', `/dead-letters?subscriber=send-email&type=${type}`);
    return (page.deadLetters as { deadLetterId: string; message: string }[])[0];
  });
  const message = { ...JSON.parse(letter.message), data: { notificationId, channel: 'email' } };
  const edit = { key: 'edit', body: { message, reason: 'A test.' } };
  const edited = await operator.call('POST', `/dead-letters/${letter.deadLetterId}/edit`, edit);
  assert.equal(edited.status, 201, edited.text);
}

describe('every permission is used', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  it('by a stage with every kind of fault', async () => {
    const { acme, control } = here;
    const conflict = (name: string) => ({
      function: name,
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      fault: 'transaction-conflict',
      times: 1,
    });
    const onSes = (fault: string, times: number) => ({
      function: 'send-email',
      service: 'sesv2',
      operation: 'SendEmail',
      fault,
      times,
    });

    // Commands on existing state, one of them rejected: an amount beyond the limit stays rejected.
    const [placed = assert.fail()] = await placeMany(acme, 1);
    const items = `/orders/${placed.orderId}/items`;
    const item = { sku: 'GEM-1', description: 'Gem', quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER };
    assert.equal((await acme.call('POST', items, { key: 'too-much', body: item })).status, 409);
    assert.equal(
      (await acme.call('POST', items, { key: 'fine', body: { ...item, quantity: 1, unitPrice: 1 } })).status,
      200,
    );
    await acme.settled(placed.orderId);

    // Transaction conflicts, a lost answer, a killed sender, and a paused relay.
    await control.inject(
      ...['send-email', 'send-sms', 'record-email-feedback', 'wake-due'].map(conflict),
      onSes('kill-before', 1),
      onSes('lose-response', 1),
    );
    await control.pause('relay-outbox');
    const more = await placeMany(acme, 3);
    for (const { orderId } of more) await acme.settled(orderId);
    await control.resume('relay-outbox');
    // Accounts that temporarily may not send. An environment reads the circuit after it has seen a refusal, and each
    // message may reach another environment.
    await control.sink({ refusing: { email: 'paused', sms: 'paused' } });
    const refused = await eventually('senders that read the circuit', async () => {
      const [order = assert.fail()] = await placeMany(acme, 1);
      await eventually('both channels refused', async () => {
        const shown = await acme.notificationsOf(order.orderId);
        return shown.every(({ deferredBecause }) => deferredBecause !== undefined);
      });
      const unread = ((await control.unusedGrants()) as Grant[]).filter(
        (one) => SENDERS.includes(one.function) && one.action === 'dynamodb:GetItem',
      );
      return unread.length === 0 && order;
    });
    await control.sink({});
    await acme.settled(refused.orderId, 'SENT');
    await placeMany(acme, 1);
    await customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator).call('GET', '/dead-letters');
    await crashOnBounce(here.cloud.outputs);
    // A page of the message log with a cursor.
    assert.equal(typeof (await acme.call('GET', '/notifications?limit=1')).json.nextCursor, 'string');
    // A file that is declared, uploaded, checked, sent and deleted. Each message has its own file, because the first file
    // may be deleted before the next message is accepted.
    const bytes = Buffer.from('the bytes of an invoice');
    const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: bytes.length };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const sendFile = async (key: string): Promise<void> => {
      const declared = await acme.call('POST', '/attachments', { key: `file ${key}`, body: { ...file, sha256 } });
      const { url, method, headers } = declared.json.upload as {
        url: string;
        method: string;
        headers: Record<string, string>;
      };
      assert.equal((await fetch(url, { method, headers, body: bytes })).status, 200);
      const attachments = [declared.json.attachmentId];
      const message = { channel: 'email', to: ['ada@example.com'], subject: 'Invoice', text: 'Attached.', attachments };
      const answer = await acme.call('POST', '/notifications', { key: `message ${key}`, body: message });
      assert.equal(answer.status, 202, JSON.stringify(answer.json));
    };
    await sendFile('alone');
    // An unavailable table: first for the subscribers after the sending, then for the senders.
    const away = (name: string) => ({ function: name, service: 'dynamodb', operation: '*', fault: 'throttle' });
    const returning = async (...names: string[]): Promise<void> => {
      await control.inject(...names.map(away));
      await sendFile(names.join(' '));
      await placeMany(acme, 1, { more: { customerId: 'customer-1' } });
      await eventually('messages returned to their queues', async () => {
        const calls = (await control.calls()).filter(({ operation }) => operation === 'SendMessage');
        return names.every((name) => calls.some((call) => call.function === name));
      });
      await control.heal();
    };
    // A customer who is greeted after the first order.
    const { contact, ...order } = anOrder();
    const customer = { ...contact, customerId: 'customer-1' };
    assert.equal((await acme.call('POST', '/customers', { key: 'customer', body: customer })).status, 201);
    await acme.settled(String((await acme.place({ ...order, customerId: 'customer-1' })).json.orderId), 'SENT');
    await returning(
      'record-email-feedback',
      'release-attachments',
      'project-statistics',
      'project-orders',
      'run-process',
    );
    await returning('send-email', 'send-sms');
    await confirmWithWebhook(here, returning);
    await replayAndProcesses(here);
    // A page of the list of orders, a message about an order that an earlier release wrote, and one that is poison.
    assert.equal((await acme.call('GET', '/orders?limit=1')).status, 200);
    const type = 'counterfoil.order.contact-erased.v1';
    const { topicArn, endpoints } = here.cloud.outputs;
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
    const sns = new SNSClient({ endpoint: endpoints.sns, region: 'eu-central-1', credentials });
    await editOne(here);
    await redriveBoth(here, envelopeText({ type, data: { orderId: placed.orderId } }));
    for (const data of [{ orderId: placed.orderId }, {}]) {
      const MessageAttributes = { type: { DataType: 'String', StringValue: type } };
      await sns.send(
        new PublishCommand({ TopicArn: topicArn, Message: envelopeText({ type, data }), MessageAttributes }),
      );
    }
    sns.destroy();
    // A person whose data is erased.
    const person = new URLSearchParams({ channel: 'email', address: placed.order.contact.email });
    assert.equal((await acme.call('DELETE', `/personal-data?${person}`)).status, 202);

    const unused = await eventually('every grant used', async () => {
      const left = (await control.unusedGrants()) as Grant[];
      const ours = left.filter((one) => CALLED.includes(one.function) && !NEEDED_BY_LAMBDA.includes(one.action));
      return ours.length === 0 || Promise.reject(new Error(JSON.stringify(ours)));
    });
    assert.ok(unused);
  });
});
