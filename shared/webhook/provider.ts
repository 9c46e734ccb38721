import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { RefusalCode } from '#shared/notification/refusals.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { tracedMessage } from '#shared/once/trace.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { answerOf } from './answer.ts';
import { webhookSettingsDecider } from './decider.ts';
import type { PostWebhook, WebhookSettingsStore } from './ports.ts';
import { endpointSecret, signed } from './secret.ts';
import { type Endpoint, validSecrets, webhookSettingsKey } from './settings.ts';

export type WebhookProviderPorts = ExecutorPorts & {
  webhookSettings: WebhookSettingsStore;
  /** The key that secrets are derived from. */
  webhookKey: () => Promise<string>;
  post: PostWebhook;
  /** The name under which an endpoint is disabled. */
  subscriber: string;
  log: Log;
};

/**
 * Posts a webhook to the endpoint that the notification names, as the endpoint is now: a URL that was corrected also
 * counts for what waits. The notification's id is the id of the webhook, and the same for every repetition.
 */
export const webhookProvider = (ports: WebhookProviderPorts): Provider => ({
  async send(message) {
    try {
      return await sendTo(message, ports);
    } catch (error) {
      // Everything that throws here comes before the call, or after a 410, which accepted nothing.
      ports.log.error('Webhook not posted', { notificationId: message.notificationId, error });
      return { kind: 'deferred', reason: 'ENDPOINT_UNREADABLE' satisfies RefusalCode };
    }
  },
});

async function sendTo(message: OutgoingMessage, ports: WebhookProviderPorts): Promise<ProviderAnswer> {
  const { tenant, notificationId, recipients, rendered } = message;
  if (rendered.channel !== 'webhook') throw new TypeError('A webhook was requested with the text of another channel.');
  const settings = await ports.webhookSettings.read(webhookSettingsKey(tenant));
  const endpoint = settings?.state.endpoints.find(({ endpointId }) => endpointId === recipients[0]);
  if (!endpoint) return rejected('ENDPOINT_REMOVED');
  if (endpoint.disabled) return rejected('ENDPOINT_DISABLED');
  const key = await ports.webhookKey();
  const now = ports.clock.now();
  const secrets = validSecrets(endpoint, now).map((name) => endpointSecret(key, tenant, endpoint.endpointId, name));
  const { body, traceparent } = tracedMessage(rendered.body);
  const result = await ports.post({
    url: endpoint.url,
    headers: {
      'content-type': 'application/cloudevents+json',
      'idempotency-key': notificationId,
      // Only the body is signed, and it has the same value.
      ...(traceparent && { traceparent }),
      ...signed(body, notificationId, now, secrets),
    },
    body,
  });
  if (result.kind === 'answered' && result.status === 410) return disable(endpoint, message, ports);
  return answerOf(result, notificationId, ports.clock.now());
}

const rejected = (reason: RefusalCode): ProviderAnswer => ({ kind: 'rejected', reason });

/** The endpoint is disabled before the notification fails, so that a crash in between loses neither. */
async function disable(
  { endpointId, url }: Endpoint,
  { tenant, notificationId, attemptNonce }: OutgoingMessage,
  ports: WebhookProviderPorts,
): Promise<ProviderAnswer> {
  await executeTransition(
    {
      decider: webhookSettingsDecider,
      key: webhookSettingsKey(tenant),
      command: { type: 'DisableEndpoint', data: { endpointId, url } },
    },
    {
      subscriber: ports.subscriber,
      transitionId: `${notificationId}#${attemptNonce}`,
      metadata: { correlationId: notificationId, causationId: notificationId },
    },
    ports,
  );
  ports.log.warn('Endpoint disabled: it answered 410', { endpointId, notificationId });
  return { kind: 'rejected', reason: 'ENDPOINT_GONE' satisfies RefusalCode, answer: { status: 410 } };
}
