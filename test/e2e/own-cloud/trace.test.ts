import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { localLogs } from '#infra/account/logs/local-logs.ts';
import { subjectsOf } from '#infra/account/logs/request-logs.ts';
import { spanIdOf, traceIdOf } from '#shared/once/trace.ts';
import { type Call, customerOf, inboxOf, type ReceivedWebhook } from '#test/support/api.ts';
import { type Deployment, type Outputs, openDeployment } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { functionLogs, type LogEntry } from '#test/support/function-logs.ts';

const PLACED = 'counterfoil.order.placed.v1';
const PERSON = { name: 'Wilhelmine Nachtigall', phone: '+4366066098761' };

/** Every function that takes part in an order with an e-mail, a text message and a webhook, besides who publishes. */
const TAKE_PART = [
  'handle-command',
  'post-webhook',
  'project-orders',
  'project-statistics',
  'record-email-feedback',
  'request-webhooks',
  'run-process',
  'send-email',
  'send-sms',
];

describe('a trace', () => {
  let deployment: Deployment;
  let outputs: Outputs;
  let acme: ReturnType<typeof customerOf>;
  before(async () => {
    deployment = await openDeployment();
    outputs = deployment.outputs;
    acme = customerOf(outputs, outputs.tokens.acme);
  });
  after(() => deployment.stop());

  const isLocal = (t: TestContext): boolean => {
    const { logsFolder } = outputs as Partial<Outputs>;
    if (logsFolder === undefined)
      t.skip('The logs of a deployed stage are in CloudWatch, which this test does not read.');
    return logsFolder !== undefined;
  };
  const linesAbout = (correlationId: string): LogEntry[] =>
    functionLogs(outputs.logsFolder).filter(({ json }) => json?.correlation_id === correlationId);

  /** An order whose e-mail bounces, and whose event is posted to an endpoint. */
  const placed = async (headers: Record<string, string>) => {
    const endpoint = { endpointId: 'billing', url: inboxOf(outputs).hook('billing'), eventTypes: [PLACED] };
    await acme.call('PUT', '/settings/webhooks', { key: randomUUID(), body: { endpoints: [endpoint] } });
    const email = `bounce+${randomUUID().slice(0, 8)}@simulator.amazonses.com`;
    const lines = [{ sku: 'TEA-1', description: 'Geheimes Geschenk', quantity: 1, unitPrice: 100 }];
    const body = { contact: { ...PERSON, email }, currency: 'EUR', lines };
    const call: Call = { key: randomUUID(), body, headers };
    const answer = await acme.call('POST', '/orders', call);
    assert.equal(answer.status, 201, answer.text);
    const orderId = String(answer.json.orderId);
    return { orderId, email, correlationId: answer.headers.get('x-correlation-id') ?? '' };
  };
  const webhookAbout = (orderId: string): Promise<ReceivedWebhook> =>
    eventually(`the webhook about ${orderId}`, async () =>
      (await inboxOf(outputs).webhooks()).find(({ body }) => JSON.parse(body).data.orderId === orderId),
    );
  const takingPart = (correlationId: string): Promise<string[]> =>
    eventually(`lines about ${correlationId} of ${TAKE_PART.join(', ')}`, async () => {
      const found = new Set(linesAbout(correlationId).map((line) => line.function));
      return TAKE_PART.every((name) => found.has(name)) && [...found];
    });

  it('goes from the request to the event of the provider and to the webhook, in the log of every function', async (t) => {
    if (!isLocal(t)) return;
    const [traceId, parentId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const { orderId, email, correlationId } = await placed({ traceparent: `00-${traceId}-${parentId}-01` });
    assert.equal(correlationId, traceId);
    const { headers, body } = await webhookAbout(orderId);
    const { id, traceparent, correlationid } = JSON.parse(body);
    assert.equal(correlationid, traceId);
    assert.equal(traceparent, `00-${traceId}-${spanIdOf(id)}-01`);
    assert.equal(headers.traceparent, traceparent);
    const bounced = await eventually('the bounce', async () =>
      linesAbout(traceId).find(({ json }) => json?.message === 'Feedback handled' && json.outcome === 'BOUNCED'),
    );
    assert.equal(bounced.function, 'record-email-feedback');
    const found = await takingPart(traceId);
    // The lane that was faster has published it.
    assert.ok(found.includes('relay-outbox') || found.includes('wake-due'), found.join(' '));
    const lines = linesAbout(traceId);
    assert.deepEqual([...new Set(lines.map(({ json }) => json?.trace_id))], [traceId]);
    const request = lines.find(({ json }) => json?.message === 'Request answered');
    assert.equal(request?.json?.parent_span_id, parentId);
    const spans = new Set(lines.filter(({ json }) => json?.span_id === spanIdOf(id)).map((line) => line.function));
    assert.ok(spans.has('request-webhooks') && spans.has('project-orders'), [...spans].join(' '));
    const inLogs = await localLogs(outputs.logsFolder).linesOf(traceId, { from: 0, to: Date.now() + 60_000 });
    assert.ok(subjectsOf(inLogs.lines).includes(`order/${orderId}`), subjectsOf(inLogs.lines).join(' '));
    const secrets = [email, PERSON.phone, ...PERSON.name.split(' '), 'Geheimes'].map((text) => text.toLowerCase());
    const leaking = lines.filter(({ text }) => secrets.some((secret) => text.toLowerCase().includes(secret)));
    assert.deepEqual(leaking, []);
  });

  it('is the caller’s, and the correlation id is the caller’s, if both are sent', async (t) => {
    if (!isLocal(t)) return;
    const [traceId, correlationId] = [randomBytes(16).toString('hex'), `mine-${randomUUID()}`];
    const traceparent = `00-${traceId}-${'1'.repeat(16)}-01`;
    const { orderId } = await placed({ traceparent, 'x-correlation-id': correlationId });
    const { headers, body } = await webhookAbout(orderId);
    const message = JSON.parse(body);
    assert.deepEqual(
      [message.correlationid, message.traceparent, headers.traceparent],
      [correlationId, traceparent, traceparent],
    );
    const sent = await eventually('a line of the sender', async () =>
      linesAbout(correlationId).find((line) => line.function === 'send-email'),
    );
    assert.equal(sent.json?.trace_id, traceId);
  });

  it('follows from the correlation id if the caller sends an invalid one, or one twice', async (t) => {
    if (!isLocal(t)) return;
    const valid = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (const traceparent of [`${valid},${valid}`, valid.toUpperCase(), valid.replace('00-', 'ff-'), `${valid}-x`]) {
      const { orderId, correlationId } = await placed({ traceparent });
      assert.notEqual(correlationId, 'a'.repeat(32));
      const { headers } = await webhookAbout(orderId);
      assert.equal(headers.traceparent?.split('-')[1], traceIdOf(correlationId));
    }
  });
});
