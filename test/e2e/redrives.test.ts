import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { auditEntrySchema } from '#shared/dead-letter/responses.ts';
import { dryRunSchema, redriveProgressSchema, redriveSchema } from '#shared/redrive/responses.ts';
import { customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const localQueues = (endpoint: string): SQSClient =>
  new SQSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
  });

describe('a redrive over HTTP', () => {
  let stage: StageUnderTest;
  let operator: ReturnType<typeof customerOf>;
  before(async () => {
    stage = await openStage();
    operator = customerOf(stage.outputs, stage.outputs.tokens.operator);
  });
  after(() => stage.stop());

  /** Puts a message into the queue of a subscriber of the local cloud, and waits for its dead letter. */
  async function aDeadLetter(
    t: TestContext,
    MessageBody = `not an event ${randomUUID()}`,
    subscriber = 'project-orders',
  ): Promise<string | undefined> {
    const endpoint: string | undefined = stage.outputs.endpoints.sqs;
    if (endpoint === undefined) {
      t.skip('Only a local cloud lets a test write into its queues.');
      return undefined;
    }
    const sqs = localQueues(endpoint);
    const from = new Date().toISOString();
    await sqs.send(new SendMessageCommand({ QueueUrl: stage.outputs.queues[subscriber]?.url ?? '', MessageBody }));
    sqs.destroy();
    return eventually('the dead letter', async () => {
      const { json } = await operator.call('GET', `/dead-letters?subscriber=${subscriber}&from=${from}`);
      return (json.deadLetters as { deadLetterId: string }[])[0]?.deadLetterId;
    });
  }

  const post = (path: string, body: object = {}, key: string = randomUUID()) =>
    operator.call('POST', path, { key, body });

  it('is planned and started, and each step has an audit entry', async (t) => {
    const deadLetterId = await aDeadLetter(t);
    if (deadLetterId === undefined) return;
    const selection = { ids: [deadLetterId] };
    const dry = await post('/redrives', { selection, dryRun: true });
    assert.equal(dry.status, 200, dry.text);
    assert.deepEqual(v.parse(dryRunSchema, dry.json).plan.dropped, [{ reason: 'NO_MESSAGE', count: 1 }]);
    const key = randomUUID();
    const planned = await post('/redrives', { selection }, key);
    assert.equal(planned.status, 201, planned.text);
    const { redriveId } = v.parse(redriveSchema, planned.json);
    assert.deepEqual((await post('/redrives', { selection }, key)).json, planned.json);
    const started = await post(`/redrives/${redriveId}/start`);
    assert.deepEqual([started.status, started.json.status], [200, 'running'], started.text);
    const again = await post(`/redrives/${redriveId}/start`);
    assert.deepEqual([again.status, again.json.code], [409, 'REDRIVE_STARTED']);
    const ended = await eventually('its end', async () => {
      const { json } = await operator.call('GET', `/redrives/${redriveId}`);
      const redrive = v.parse(redriveProgressSchema, json);
      return redrive.status === 'done' && redrive;
    });
    assert.deepEqual([ended.plan.members, ended.counts.skipped], [1, 1]);
    assert.ok(Date.parse(ended.endedAt ?? '') > Date.parse(ended.startedAt ?? ''));
    const { json: audit } = await operator.call('GET', '/audit');
    const entries = (audit.entries as { redriveId?: string; action: string }[]).filter(
      (entry) => entry.redriveId === redriveId,
    );
    assert.deepEqual(entries.map(({ action }) => action).slice(-2), ['start-redrive', 'plan-redrive']);
  });

  /** A message that an order was placed, which a new customer is greeted for. */
  const placedBy = (customerId: unknown, orderId: string, id: string = randomUUID()): string => {
    const figures = { currency: 'EUR', total: 0, itemCount: 0, lines: [], placedAt: '2026-01-01T00:00:00.000Z' };
    const data = { orderId, status: 'placed', customerId, ...figures };
    return envelopeText({ id, type: 'counterfoil.order.placed.v1', subject: `order/${orderId}`, data });
  };

  it('sends an edited message, which is handled once, and never the message that it replaces', async (t) => {
    const orderId = String((await stage.acme.place(stage.anOrder())).json.orderId);
    const messageId = randomUUID();
    // The customer's id is no text.
    const deadLetterId = await aDeadLetter(t, placedBy(5, orderId, messageId), 'run-process');
    if (deadLetterId === undefined) return;
    const phone = `+43660${String(Date.now()).slice(-8)}`;
    const { contact } = stage.anOrder();
    const customer = { key: randomUUID(), body: { ...contact, phone } };
    const customerId = String((await stage.acme.call('POST', '/customers', customer)).json.customerId);
    const { json: letter } = await operator.call('GET', `/dead-letters/${deadLetterId}`);
    const message = JSON.parse(String(letter.message));
    const body = { message: { ...message, data: { ...message.data, customerId } }, reason: 'A test.' };
    const faulty = { ...body, message: { ...body.message, tenantid: 'globex', data: { orderId: 'another' } } };
    const refused = await post(`/dead-letters/${deadLetterId}/edit`, faulty);
    assert.deepEqual([refused.status, refused.json.code], [400, 'VALIDATION_FAILED'], refused.text);
    const key = randomUUID();
    const edited = await post(`/dead-letters/${deadLetterId}/edit`, body, key);
    assert.equal(edited.status, 201, edited.text);
    assert.equal((await post(`/dead-letters/${deadLetterId}/edit`, body, key)).text, edited.text);
    const again = await post(`/dead-letters/${deadLetterId}/edit`, body);
    assert.deepEqual([again.status, again.json.code], [409, 'DEAD_LETTER_NOT_OPEN'], again.text);
    const { editedTo } = v.parse(auditEntrySchema, edited.json);
    const statusOf = async (id: unknown) => (await operator.call('GET', `/dead-letters/${id}`)).json.status;
    assert.deepEqual([await statusOf(deadLetterId), await statusOf(editedTo)], ['discarded', 'open']);

    const planned = await post('/redrives', { selection: { ids: [editedTo] } });
    assert.equal((await post(`/redrives/${planned.json.redriveId}/start`)).status, 200);
    const control = controlOf(stage.outputs);
    // It runs every minute, or at once when it is resumed.
    await control.pause('run-redrive');
    await control.resume('run-redrive');
    await eventually('the edited message is handled', async () => (await statusOf(editedTo)) === 'resolved');
    await stage.greeted(customerId);
    // The message that it replaces arrives after all, and in a form that can be handled.
    const sqs = localQueues(stage.outputs.endpoints.sqs);
    const QueueUrl = stage.outputs.queues['run-process']?.url ?? '';
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: placedBy(customerId, orderId, messageId) }));
    sqs.destroy();
    // A poison message behind it shows that it was read.
    const next = await aDeadLetter(t, placedBy(5, orderId), 'run-process');
    const texts = ((await stage.inbox?.sms()) ?? []).filter(({ to }) => to === phone);
    assert.equal(texts.length, 1);
    assert.equal(await statusOf(deadLetterId), 'discarded');
    const closed = await post(`/dead-letters/${next}/discard`, { reason: 'A test.' });
    assert.equal(closed.status, 200, closed.text);
  });
});
