import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createObserver, type Observer } from '#test/faults/campaign/observer.ts';
import { customerOf } from '#test/support/api.ts';
import { type Deployment, openDeployment } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { functionLogs } from '#test/support/function-logs.ts';
import { rowsOf, tableOf } from '#test/support/rows.ts';

/** Unique texts: a quote of one of these is a quote of personal data. */
const SECRETS = ['nachtigall', 'privat-post.example', '436609876', 'geheimes geschenk'];
const ADA = 'wilhelmine.nachtigall@privat-post.example';
const BOUNCING = 'bounce+nachtigall@simulator.amazonses.com';
const COMPLAINING = 'complaint+nachtigall@simulator.amazonses.com';
const PHONE = '+436609876001';
/** The only types of rows that may contain personal data. */
const TYPES_WITH_PERSONAL_DATA = ['content', 'customer', 'order'];

const holdsSecret = (text: string): boolean =>
  SECRETS.some((secret) => {
    const haystack = text.toLowerCase();
    return haystack.includes(secret) || haystack.includes(encodeURIComponent(secret).toLowerCase());
  });

describe('personal data', () => {
  let deployment: Deployment;
  let acme: ReturnType<typeof customerOf>;
  let observer: Observer;
  before(async () => {
    deployment = await openDeployment();
    const { outputs } = deployment;
    acme = customerOf(outputs, outputs.tokens.acme);
    observer = createObserver();
    if (!process.env.OUTPUTS) await observer.listen(deployment.outputs);
  });
  after(async () => {
    await observer.stop();
    await deployment.stop();
  });

  const isOurOwn = (t: TestContext): boolean => {
    if (process.env.OUTPUTS) t.skip('The table, topic and queues of a deployed stage cannot be read here.');
    return !process.env.OUTPUTS;
  };
  const sqs = () =>
    new SQSClient({
      endpoint: deployment.outputs.endpoints.sqs,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
    });
  const send = async (body: object): Promise<string> => {
    const { status, json, text } = await acme.call('POST', '/notifications', { key: randomUUID(), body });
    assert.equal(status, 202, text);
    return json.notificationId as string;
  };
  const email = (to: string[]) => ({ channel: 'email', to, subject: 'Geheimes Geschenk', text: 'Geheimes Geschenk.' });
  const outcomesOf = async (notificationId: string): Promise<string[]> =>
    ((await acme.call('GET', `/notifications/${notificationId}`)).json.recipients as { outcome: string }[]).map(
      ({ outcome }) => outcome,
    );
  const rows = async (): Promise<Record<string, unknown>[]> => {
    const table = tableOf(deployment.outputs);
    const found = (await rowsOf(table)).map((item) => unmarshall(item));
    table.client.destroy();
    return found;
  };

  it('is used in every outcome of a message', async (t) => {
    if (!isOurOwn(t)) return;
    const order = {
      contact: { name: 'Wilhelmine Nachtigall', email: ADA, phone: PHONE },
      currency: 'EUR',
      lines: [{ sku: 'TEA-1', description: 'Green tea', quantity: 1, unitPrice: 100 }],
    };
    const placed = await acme.place(order);
    await acme.settled(placed.json.orderId as string);
    const cancel = { key: randomUUID(), body: { reason: 'Ein geheimes Geschenk für Nachtigall' } };
    assert.equal((await acme.call('POST', `/orders/${placed.json.orderId}/cancel`, cancel)).status, 200);
    await acme.settled(placed.json.orderId as string);
    const registered = await acme.call('POST', '/customers', { key: randomUUID(), body: order.contact });
    assert.equal(registered.status, 201, registered.text);
    const { contact: _contact, ...rest } = order;
    const byCustomer = await acme.place({ ...rest, customerId: registered.json.customerId });
    await acme.settled(byCustomer.json.orderId as string);
    assert.equal((await acme.call('GET', `/customers/${registered.json.customerId}`)).status, 200);
    const several = await send(email([ADA, BOUNCING, COMPLAINING]));
    await eventually('all outcomes', async () => {
      const outcomes = await outcomesOf(several);
      return outcomes.join() === 'DELIVERED,BOUNCED,COMPLAINED';
    });
    const suppressed = await send(email([BOUNCING]));
    await eventually('its final status', async () => (await outcomesOf(suppressed)).join() === 'SUPPRESSED');
    const text = await send({ channel: 'sms', to: [PHONE], text: 'Geheimes Geschenk' });
    await eventually('the text message', async () => (await outcomesOf(text)).join() === 'SENT');
    const later = await send({ ...email([ADA]), sendAt: new Date(Date.now() + 86_400_000).toISOString() });
    const cancelling = { key: randomUUID(), body: { action: 'cancel', reason: 'Not wanted any more' } };
    assert.equal((await acme.call('POST', `/notifications/${later}/resolve`, cancelling)).status, 200);
    const query = new URLSearchParams({ channel: 'email', address: ADA });
    const body = { channel: 'email', address: ADA };
    assert.equal((await acme.call('POST', '/suppressions', { key: randomUUID(), body })).status, 201);
    assert.equal((await acme.call('GET', `/suppressions?${query}`)).status, 200);
    assert.equal((await acme.call('DELETE', `/suppressions?${query}`)).status, 200);
    const filter = new URLSearchParams({ recipient: ADA });
    assert.equal((await acme.call('GET', `/notifications?${filter}`)).status, 200);
    assert.equal((await acme.call('GET', `/notifications?${filter}&colour=${ADA}`)).status, 400);
    const wrong = { channel: 'email', to: [`${ADA} ${PHONE}`], subject: `${ADA}\n`, text: 'x', [ADA]: ADA };
    assert.equal((await acme.call('POST', '/notifications', { key: ADA, body: wrong })).status, 400);
  });

  it('is in feedback that becomes dead letters', async (t) => {
    if (!isOurOwn(t)) return;
    const client = sqs();
    const mail = { timestamp: '2026-01-01T00:00:00.000Z', messageId: 'ses-1', destination: [ADA], tags: {} };
    const tags = { tenant: ['acme'], notification: ['message_unknown_1-1'], attempt: ['n'] };
    const bounce = { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: ADA, diagnosticCode: `no ${ADA}` }] };
    const events = [
      `about ${ADA}`,
      JSON.stringify({ eventType: ADA, mail }),
      JSON.stringify({ eventType: 'Bounce', mail, bounce }),
      JSON.stringify({
        eventType: 'Bounce',
        mail: { ...mail, tags },
        bounce: { ...bounce, timestamp: mail.timestamp },
      }),
    ];
    const { url: QueueUrl } = deployment.outputs.queues['record-email-feedback'] ?? {};
    for (const MessageBody of events) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    client.destroy();
    await eventually('dead letters', async () => {
      const found = (await rows()).filter(
        ({ type, state }) => type === 'deadletter' && JSON.stringify(state).includes('"record-feedback"'),
      );
      return found.length >= 3;
    });
  });

  it('is in no message of the topic, no dead letter, no log and no other row', async (t) => {
    if (!isOurOwn(t)) return;
    const bodies = await eventually('the last message', async () => {
      const observed = [...observer.observed.values()];
      return (
        observed.some(({ type }) => type === 'counterfoil.notification.cancelled.v1') &&
        observed.map(({ body }) => body)
      );
    });
    assert.ok(bodies.length > 10);
    assert.deepEqual(bodies.filter(holdsSecret), []);

    const client = sqs();
    for (const { dlqUrl } of Object.values(deployment.outputs.queues)) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: dlqUrl, MaxNumberOfMessages: 10 }),
      );
      assert.deepEqual(Messages.map(({ Body = '' }) => Body).filter(holdsSecret), []);
    }
    client.destroy();

    const logs = functionLogs(deployment.outputs.logsFolder);
    assert.ok(logs.length > 50);
    assert.deepEqual(
      logs.filter(({ text }) => holdsSecret(text)).map(({ text }) => text),
      [],
    );

    const holders = (await rows()).filter((row) => holdsSecret(JSON.stringify(row)));
    assert.deepEqual([...new Set(holders.map(({ type }) => type))].sort(), TYPES_WITH_PERSONAL_DATA);
  });

  it('is stored nowhere after its erasure', async (t) => {
    if (!isOurOwn(t)) return;
    const erase = async (channel: string, address: string): Promise<void> => {
      const { status, json } = await acme.call('DELETE', `/personal-data?${new URLSearchParams({ channel, address })}`);
      assert.equal(status, 202);
      await eventually('the end of the erasure', async () => {
        const erasure = (await acme.call('GET', `/erasures/${json.erasureId}`)).json;
        return erasure.status === 'DONE';
      });
    };
    // The second scan of an erasure takes at least ten seconds, so all erasures run at the same time.
    await Promise.all([
      erase('email', ADA),
      erase('email', BOUNCING),
      erase('email', COMPLAINING),
      erase('sms', PHONE),
    ]);
    const holders = (await rows()).filter((row) => holdsSecret(JSON.stringify(row)));
    assert.deepEqual(holders, []);
    const kept = (await rows()).filter(({ type }) => type === 'suppression');
    assert.ok(kept.length >= 2, 'suppressions stay');
  });
});
