import type { Construct } from 'constructs';
import { ENV, FUNCTION, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { notifyingVariablesOf } from '../constructs/stage.ts';
import type { Platform } from './platform.ts';
import { Sender } from './sender.ts';
import { TopicSubscriber } from './topic-subscriber.ts';

/** Turns published messages into requests to post webhooks, for the endpoints that subscribe to them. */
export class WebhookRequests extends TopicSubscriber {
  constructor(scope: Construct, platform: Platform) {
    const { stage, secret } = platform;
    super(scope, platform, {
      name: FUNCTION.requestWebhooks,
      // Tenants may subscribe to every event, also to those of business domains. A request to send is no event.
      types: { not: [NOTIFICATION_REQUESTED] },
      // What the executor calls for a decider that never rejects, and GetItem for the tenant's settings.
      tableActions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem', 'dynamodb:GetItem'],
      environment: { ...secret.environment, ...notifyingVariablesOf(stage) },
      memoryMb: 512,
    });
    // The key of recipient keys.
    secret.allowReading(this.function);
  }
}

/** Posts webhooks. */
export class WebhookSender extends Sender {
  constructor(scope: Construct, platform: Platform) {
    const { stage, webhookKey } = platform;
    const { ratePerSecond, pausesSeconds } = stage.settings.webhooks;
    super(scope, platform, {
      name: FUNCTION.postWebhook,
      channel: 'webhook',
      ratePerSecond,
      environment: {
        ...webhookKey.environment,
        ...webhookKey.hostsEnvironment,
        [ENV.webhookPauses]: JSON.stringify(pausesSeconds),
      },
    });
    webhookKey.allowReading(this.function);
  }
}
