import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { Answer, ReceivedWebhook, ShownNotification } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const CONFIRMED = 'counterfoil.order.confirmed.v1';

type Secret = { secretId: string; createdAt: string; endsAt?: string; secret?: string };
type Endpoint = {
  endpointId: string;
  url: string;
  enabled: boolean;
  disabled?: { at: string; because: string };
  secrets: Secret[];
};
type Settings = { version: number; endpoints: Endpoint[] };

describe('webhooks', () => {
  let stage: StageUnderTest;
  let control: ReturnType<typeof controlOf>;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
    control = controlOf(stage.outputs);
  });
  after(async () => {
    if (stage.inbox) await Promise.all([control.heal(), control.sink({})]);
    await stage.stop();
  });

  /** A deployed stage has no receiver that the test can look into. */
  const inboxOrSkip = (t: TestContext): NonNullable<StageUnderTest['inbox']> | undefined => {
    if (!stage.inbox) t.skip('The receiver of webhooks is the local inbox.');
    return stage.inbox;
  };
  const put = (endpoints: object[], key = randomUUID(), headers: Record<string, string> = {}) =>
    acme.call<Settings>('PUT', '/settings/webhooks', { key, body: { endpoints }, headers });
  const endpointOf = ({ json }: Answer<Settings>, endpointId: string): Endpoint => {
    const endpoint = json.endpoints.find((one) => one.endpointId === endpointId);
    assert.ok(endpoint, JSON.stringify(json));
    return endpoint;
  };
  /** An order that is placed and confirmed. */
  const confirmed = async (): Promise<string> => {
    const { json } = await acme.place(stage.anOrder());
    const orderId = String(json.orderId);
    const answer = await acme.call('POST', `/orders/${orderId}/confirm`, { key: randomUUID(), body: {} });
    assert.equal(answer.status, 200, answer.text);
    return orderId;
  };
  const webhookOf = (orderId: string, status: string): Promise<ShownNotification> =>
    eventually(`a webhook of ${orderId} that is ${status}`, async () =>
      (await acme.notificationsOf(orderId)).find((one) => one.channel === 'webhook' && one.status === status),
    );
  const receivedBy = async (path: string, notificationId: string): Promise<ReceivedWebhook[]> =>
    ((await stage.inbox?.webhooks()) ?? []).filter(
      ({ path: to, headers }) => to === path && headers['webhook-id'] === notificationId,
    );
  const verify = ({ body, headers }: ReceivedWebhook, secret: string | undefined): unknown =>
    new Webhook(secret ?? '').verify(body, headers);

  it('posts a confirmed order to billing, signed, once', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    const answer = await put([{ endpointId: 'billing', url: inbox.hook('billing'), eventTypes: [CONFIRMED] }]);
    assert.equal(answer.status, 200, answer.text);
    const [secret] = endpointOf(answer, 'billing').secrets;
    assert.match(secret?.secret ?? '', /^whsec_/);
    const orderId = await confirmed();
    const { notificationId } = await webhookOf(orderId, 'SENT');
    const received = await receivedBy('/billing', notificationId);
    assert.equal(received.length, 1);
    const [webhook] = received;
    assert.ok(webhook);
    const event = verify(webhook, secret?.secret);
    assert.deepEqual(event, JSON.parse(webhook.body));
    assert.deepEqual(
      [webhook.headers['content-type'], webhook.headers['idempotency-key']],
      ['application/cloudevents+json', notificationId],
    );
    const { type, data } = JSON.parse(webhook.body);
    assert.deepEqual(
      [type, data.orderId, data.currency, data.total, data.lines],
      [CONFIRMED, orderId, 'EUR', 2500, [{ sku: 'TEA-1', quantity: 2, unitPrice: 1250 }]],
    );
  });

  it('posts an invoice again after failures and a lost answer: the receiver has one for the key, and the row shows each attempt', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    const url = inbox.hook('failing');
    const answer = await put([{ endpointId: 'failing', url, eventTypes: [CONFIRMED] }]);
    const [secret] = endpointOf(answer, 'failing').secrets;
    await control.inject(
      { service: 'webhook', operation: 'POST', fault: 'error', times: 3 },
      { service: 'webhook', operation: 'POST', fault: 'lose-response', times: 1 },
    );
    const orderId = await confirmed();
    const { notificationId, attempts } = await webhookOf(orderId, 'SENT');
    assert.deepEqual(
      attempts.map(({ outcome, reason, answer: answered }) => [outcome, reason, answered?.status]),
      [
        ['unknown', 'ENDPOINT_FAILED', 500],
        ['unknown', 'ENDPOINT_FAILED', 500],
        ['unknown', 'ENDPOINT_FAILED', 500],
        ['unknown', 'ENDPOINT_SILENT', undefined],
        ['accepted', undefined, undefined],
      ],
    );
    const received = await receivedBy('/failing', notificationId);
    assert.equal(received.length, 2, 'the one whose answer was lost, and its repetition');
    assert.equal(new Set(received.map(({ headers }) => headers['idempotency-key'])).size, 1);
    assert.equal(new Set(received.map(({ body }) => body)).size, 1);
    for (const webhook of received) verify(webhook, secret?.secret);
    const { json } = await acme.call<{ entries: { kind: string; type: string; purpose?: string }[] }>(
      'GET',
      `/orders/${orderId}/timeline`,
    );
    const steps = json.entries.filter(({ kind }) => kind === 'webhook').map(({ type }) => type);
    assert.deepEqual(steps, [
      'requested',
      ...['claimed', 'unknown', 'claimed', 'unknown', 'claimed', 'unknown', 'claimed', 'unknown', 'claimed', 'sent'],
    ]);
  });

  it('disables an endpoint that answers 410, and says so', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    await control.sink({ webhooks: [{ path: '/gone', status: 410 }] });
    const endpoint = { endpointId: 'gone', url: inbox.hook('gone'), eventTypes: [CONFIRMED] };
    await put([endpoint]);
    const failed = await webhookOf(await confirmed(), 'FAILED');
    assert.equal(failed.reason, 'ENDPOINT_GONE');
    const read = await acme.call<Settings>('GET', '/settings/webhooks');
    const { enabled, disabled, secrets } = endpointOf(read, 'gone');
    assert.deepEqual([enabled, disabled?.because, secrets[0]?.secret], [false, 'GONE', undefined]);
    await control.sink({});
    const enabling = await put([{ ...endpoint, enabled: true }], randomUUID(), {
      'if-match': `"${read.json.version}"`,
    });
    assert.equal(endpointOf(enabling, 'gone').enabled, true);
    const resent = await acme.call('POST', `/notifications/${failed.notificationId}/resolve`, {
      key: randomUUID(),
      body: { action: 'resend', reason: 'The receiver is back' },
    });
    assert.equal(resent.status, 200, resent.text);
    await eventually('the webhook that is sent again', async () => {
      return (await receivedBy('/gone', failed.notificationId)).length === 1;
    });
  });

  it('gives up a webhook that the receiver refuses, and shows how the refusal begins', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    await control.sink({
      webhooks: [{ path: '/refusing', status: 422, body: `unknown customer ${'x'.repeat(1000)}` }],
    });
    await put([{ endpointId: 'refusing', url: inbox.hook('refusing'), eventTypes: [CONFIRMED] }]);
    const { reason, attempts } = await webhookOf(await confirmed(), 'FAILED');
    const [attempt] = attempts;
    assert.deepEqual([reason, attempts.length, attempt?.answer?.status], ['ENDPOINT_REFUSED', 1, 422]);
    assert.match(attempt?.answer?.start ?? '', /^unknown customer x{483}$/);
  });

  it('holds a webhook after the last attempt, until a person decides', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    await control.sink({ webhooks: [{ path: '/busy', status: 503, headers: { 'retry-after': '1' } }] });
    await put([{ endpointId: 'busy', url: inbox.hook('busy'), eventTypes: [CONFIRMED] }]);
    const held = await webhookOf(await confirmed(), 'HELD');
    assert.equal(held.reason, 'REPEATS_ENDED');
    assert.match(held.next ?? '', /resend.*mark-sent.*cancel/);
    assert.ok(held.attempts.length >= 2);
    assert.ok(held.attempts.every(({ outcome, reason }) => outcome === 'deferred' && reason === 'ENDPOINT_BUSY'));
    const cancelled = await acme.call('POST', `/notifications/${held.notificationId}/resolve`, {
      key: randomUUID(),
      body: { action: 'cancel', reason: 'The invoice was written by hand' },
    });
    assert.equal(cancelled.status, 200, cancelled.text);
  });

  it('signs with both secrets after a rotation, and passes on any event, but none about a webhook', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    await control.sink({});
    const eventTypes = ['counterfoil.notification.sent.v1', 'counterfoil.order.approved.v1'];
    const added = await put([{ endpointId: 'events', url: inbox.hook('events'), eventTypes }]);
    const rotation = { key: randomUUID(), body: {} };
    const rotated = await acme.call<Settings>('POST', '/settings/webhooks/events/rotate', rotation);
    const again = await acme.call<Settings>('POST', '/settings/webhooks/events/rotate', rotation);
    assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [rotated.text, 'true']);
    const [present, earlier] = endpointOf(rotated, 'events').secrets;
    assert.ok(earlier?.endsAt);
    assert.equal(earlier.secret, undefined);
    const orderId = await confirmed();
    const sent = await eventually('the event about the e-mail', async () => {
      const received = (await inbox.webhooks()).filter(
        ({ path, body }) => path === '/events' && body.includes(orderId),
      );
      return received.length >= 2 && received;
    });
    const approval = await acme.call('POST', `/orders/${orderId}/approve`, { key: randomUUID(), body: {} });
    assert.equal(approval.status, 200, approval.text);
    const all = await eventually('the event about the approval', async () => {
      const received = (await inbox.webhooks()).filter(
        ({ path, body }) => path === '/events' && body.includes(orderId),
      );
      return received.some(({ body }) => JSON.parse(body).type === eventTypes[1]) && received;
    });
    for (const webhook of all) {
      verify(webhook, present?.secret);
      verify(webhook, endpointOf(added, 'events').secrets[0]?.secret);
    }
    const about = all.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === eventTypes[0]);
    assert.equal(about.length, sent.length);
    assert.deepEqual([...new Set(about.map(({ data }) => data.channel))].sort(), ['email', 'sms']);
  });

  it('posts a test event to an endpoint, signed, whatever it subscribes to', async (t) => {
    const inbox = inboxOrSkip(t);
    if (!inbox) return;
    const endpoint = { endpointId: 'tested', url: inbox.hook('tested'), eventTypes: [] };
    const [secret] = endpointOf(await put([endpoint]), 'tested').secrets;
    const test = (key: string) =>
      acme.call<{ notificationId: string; code?: string }>('POST', '/settings/webhooks/tested/test', { key, body: {} });
    const key = randomUUID();
    const answer = await test(key);
    assert.equal(answer.status, 202, answer.text);
    const { notificationId } = answer.json;
    assert.equal(answer.headers.get('location'), `/notifications/${notificationId}`);
    const { json } = await eventually('the outcome of the test', async () => {
      const read = await acme.call<ShownNotification & { purpose: string }>('GET', `/notifications/${notificationId}`);
      return read.json.status === 'SENT' && read;
    });
    assert.deepEqual([json.purpose, json.attempts.map(({ outcome }) => outcome)], ['test', ['accepted']]);
    const again = await test(key);
    assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [answer.text, 'true']);
    const [webhook, ...others] = await receivedBy('/tested', notificationId);
    assert.ok(webhook);
    assert.deepEqual(others, []);
    const event = Object(verify(webhook, secret?.secret));
    assert.deepEqual(
      [event.id, event.type, event.data],
      [notificationId, 'counterfoil.webhook.test.v1', { endpointId: 'tested' }],
    );
    await put([{ ...endpoint, enabled: false }]);
    const refused = await test(randomUUID());
    assert.deepEqual([refused.status, refused.json.code], [409, 'ENDPOINT_DISABLED']);
  });

  it('refuses addresses that must not be reached and types that do not exist, and writes nothing', async () => {
    const before = (await acme.call<Settings>('GET', '/settings/webhooks')).json.version;
    const codeOf = async (url: string): Promise<unknown> => {
      const { status, json } = await acme.call<{ code: string; errors?: { path: string; code: string }[] }>(
        'PUT',
        '/settings/webhooks',
        { key: randomUUID(), body: { endpoints: [{ endpointId: 'one', url, eventTypes: [CONFIRMED] }] } },
      );
      return [status, json.code, json.errors?.[0]?.code, json.errors?.[0]?.path];
    };
    const path = '/endpoints/0/url';
    const refused = (code: string) => [422, 'WEBHOOK_URL_REFUSED', code, path];
    const invalid = [400, 'VALIDATION_FAILED', 'URL_INVALID', path];
    assert.deepEqual(await codeOf('https://user:secret@billing.example.com/'), invalid);
    assert.deepEqual(await codeOf('ftp://billing.example.com/'), invalid);
    assert.deepEqual(await codeOf('billing'), invalid);
    assert.deepEqual(await codeOf('http://8.8.8.8/'), refused('NOT_HTTPS'));
    assert.deepEqual(await codeOf('https://169.254.169.254/latest/meta-data'), refused('NOT_PUBLIC'));
    assert.deepEqual(await codeOf('https://[::ffff:10.0.0.1]/'), refused('NOT_PUBLIC'));
    assert.deepEqual(await codeOf('https://2130706434/'), refused('NOT_PUBLIC'));
    assert.deepEqual(await codeOf('https://no-such-host.invalid/'), refused('NOT_RESOLVED'));
    assert.equal((await acme.call<Settings>('GET', '/settings/webhooks')).json.version, before);
    const mistyped = { endpointId: 'one', url: 'http://8.8.8.8/', eventTypes: ['counterfoil.order.confirmd.v1'] };
    const { status, json } = await put([mistyped]);
    const errors: { path: string; code: string }[] = Reflect.get(json, 'errors');
    assert.deepEqual([status, Reflect.get(json, 'code')], [422, 'EVENT_TYPE_UNKNOWN']);
    assert.deepEqual(
      errors.map((fault) => [fault.path, fault.code]),
      [
        ['/endpoints/0/eventTypes/0', 'EVENT_TYPE_UNKNOWN'],
        [path, 'NOT_HTTPS'],
      ],
    );
    assert.equal((await acme.call<Settings>('GET', '/settings/webhooks')).json.version, before);
    const stale = await put([], randomUUID(), { 'if-match': '"999999"' });
    assert.deepEqual([stale.status, Reflect.get(stale.json, 'currentVersion')], [412, before]);
  });
});
