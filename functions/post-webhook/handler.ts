import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { webhookPost } from '#shared/adapters/aws/providers/webhook/post.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { senderHandler } from '#shared/adapters/aws/runtime/sender-handler.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { noTemplates } from '#shared/notification/template.ts';
import { webhookProvider } from '#shared/webhook/provider.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';

const environment = readEnvironment({
  key: [ENV.webhookKey, 'text'],
  hosts: [ENV.webhookHosts, 'optional text'],
  pauses: [ENV.webhookPauses, 'text'],
});
const pausesSeconds: number[] = JSON.parse(environment.pauses);

/** Posts the webhooks that its messages request. It posts a webhook only if the notification's row permits it. */
export const handler = senderHandler({
  subscriber: FUNCTION.postWebhook,
  channel: 'webhook',
  // A webhook is a published message, which needs no rendering.
  render: noTemplates,
  pausesMs: pausesSeconds.map((seconds) => seconds * 1000),
  providerFor: (timeoutMs, { table, ...ports }) =>
    webhookProvider({
      ...ports,
      webhookSettings: stateStore(table, WEBHOOK_SETTINGS),
      webhookKey: secretReader({ secretId: environment.key }),
      post: webhookPost({ timeoutMs, trusted: environment.hosts?.split(' ') ?? [] }),
    }),
});
