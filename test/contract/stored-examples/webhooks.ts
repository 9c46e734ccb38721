import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { NOTIFICATION_REQUESTED, SORT_KEY } from '#shared/names.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { webhookSettingsDecider } from '#shared/webhook/decider.ts';
import { webhooksOf } from '#shared/webhook/process.ts';
import { CHANGE_IN_FORCE_MS, recentEndpoints } from '#shared/webhook/recent-endpoints.ts';
import type { EndpointTestView } from '#shared/webhook/responses.ts';
import { WEBHOOK_SETTINGS, webhookSettingsKey } from '#shared/webhook/settings.ts';
import { byEmail, FIRST_CLAIM_MS, partitionOf, recordsOf, type Stage, TENANT } from './stage.ts';

const CONFIRMED = 'counterfoil.order.confirmed.v1';
const URL = 'https://billing.example.com/hooks';
const METADATA = { correlationId: 'correlation', causationId: 'cause' };

type WebhookExamples = {
  webhooksettings: Record<string, Item>;
  webhook: Record<string, Item>;
  /** Notifications and contents of webhooks. */
  notification: Record<string, Item>;
  content: Record<string, Item>;
  test: Envelope;
};

/** Endpoints in each of their states, and a confirmed order that is passed on to them. */
export async function webhooks(stage: Stage): Promise<WebhookExamples> {
  const { ask, itemAt, ports, clock } = stage;
  const settings = (): Promise<Item> => itemAt(`${TENANT}#webhooksettings#current`, SORT_KEY.state);
  await ask('PUT /settings/webhooks', 'endpoints', {
    endpoints: [
      { endpointId: 'billing', url: URL, eventTypes: [CONFIRMED], description: 'Invoices' },
      { endpointId: 'off', url: 'https://other.example.com/', eventTypes: [], enabled: false },
    ],
  });
  // The answer waits until the change is in force. The other examples have the time of the first.
  clock.advance(-CHANGE_IN_FORCE_MS);
  const put = await settings();
  await ask('POST /settings/webhooks/{endpointId}/rotate', 'rotation', {}, { endpointId: 'billing' });
  const rotated = await settings();
  const passedOn = await aConfirmedOrder(stage);
  await executeTransition(
    {
      decider: webhookSettingsDecider,
      key: webhookSettingsKey(TENANT),
      command: { type: 'DisableEndpoint', data: { endpointId: 'billing', url: URL } },
    },
    { subscriber: 'post-webhook', transitionId: `gone at ${clock.now()}`, metadata: METADATA },
    ports,
  );
  const webhooksettings = { put, rotated, gone: await settings() };
  return { webhooksettings, ...passedOn, test: await aTest(stage) };
}

/** The event of a test, as it is stored with its notification. */
async function aTest({ ask, itemAt }: Stage): Promise<Envelope> {
  await ask('PUT /settings/webhooks', 'tested', { endpoints: [{ endpointId: 'tested', url: URL, eventTypes: [] }] });
  const { notificationId } = await ask<EndpointTestView>(
    'POST /settings/webhooks/{endpointId}/test',
    'test',
    {},
    { endpointId: 'tested' },
  );
  const [type, id] = notificationId.split('_');
  const { content } = await itemAt(
    `${TENANT}#${type}#${id}`,
    `${SORT_KEY.notification}${notificationId}${SORT_KEY.content}`,
  );
  return JSON.parse(content?.M?.message?.M?.body?.S ?? '');
}

async function aConfirmedOrder(stage: Stage): Promise<Omit<WebhookExamples, 'webhooksettings' | 'test'>> {
  const { ask, post, store, ports, itemAt, provider, sender } = stage;
  const orderId = await post('order that is confirmed', byEmail);
  await ask('POST /orders/{orderId}/confirm', 'confirmation', {}, { orderId });
  const messages = async () =>
    (await recordsOf(store, orderId)).flatMap((record) => record.messages).map((text) => JSON.parse(text));
  const event = (await messages()).find(({ type }) => type === CONFIRMED);
  const requesting = {
    ...ports,
    secret: async () => 'key',
    notifications: { firstClaimMs: FIRST_CLAIM_MS },
    subscriptionsOf: recentEndpoints(store.statesOf(WEBHOOK_SETTINGS), ports.clock),
    purposes: { [CONFIRMED]: 'invoice' },
    subscriber: 'request-webhooks',
  };
  await executeMessage(JSON.stringify(event), webhooksOf(requesting), requesting);
  const request = (await messages()).find(
    ({ type, channel }) => type === NOTIFICATION_REQUESTED && channel === 'webhook',
  );
  const { notificationId } = request.data;
  const row = (end = '') => itemAt(partitionOf(orderId), `${SORT_KEY.notification}${notificationId}${end}`);
  const send = async (answer: ProviderAnswer): Promise<Item> => {
    provider.answerWith([answer]);
    await handleRequest(JSON.stringify(request), () => 30_000, {
      ...sender('webhook'),
      sender: { ...sender('webhook').sender, pausesMs: [1] },
    });
    return row();
  };
  const pending = await row();
  const busy = { kind: 'repeat', outcome: 'deferred', reason: 'ENDPOINT_BUSY', answer: { status: 503 } } as const;
  const repeated = await send(busy);
  const held = await send({ kind: 'repeat', outcome: 'unknown', reason: 'ENDPOINT_SILENT' });
  return {
    webhook: { 'of one endpoint': await itemAt(partitionOf(orderId), `WEBHOOK#${event.id}`) },
    notification: { 'webhook, pending': pending, 'webhook, repeated': repeated, 'webhook, held': held },
    content: { webhook: await row(SORT_KEY.content) },
  };
}
