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
});
