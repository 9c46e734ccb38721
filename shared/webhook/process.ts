import { secretOf } from '#shared/http/command.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import type { AnnouncedNotifications, NotificationTerms } from '#shared/notification/request.ts';
import type { NotifyingPorts } from '#shared/notification/terms.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';
import { withoutDerivedTraceparent } from '#shared/once/trace.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { SubscriptionsOf } from './recent-endpoints.ts';
import { type RequestWebhooks, type Webhook, type WebhooksRequested, webhookDecider, webhookKey } from './webhook.ts';

export type RequestWebhooksPorts = Omit<NotifyingPorts, 'settingsOf'> & {
  subscriptionsOf: SubscriptionsOf;
  /** Why a webhook is sent, for types of messages that have a reason of their own. Default: `event`. */
  purposes: Readonly<Record<string, string>>;
};

/**
 * Passes a message on to the endpoints that subscribe to its type. Without such an endpoint, nothing is written. A
 * message about a webhook is never passed on, because that would have no end.
 */
export const webhooksOf =
  (
    ports: RequestWebhooksPorts,
  ): CommandOf<Webhook, RequestWebhooks, WebhooksRequested, NotificationTerms, AnnouncedNotifications> =>
  async (envelope) => {
    if (isAboutWebhook(envelope)) return undefined;
    const { type: eventType, tenantid } = envelope;
    const endpoints = (await ports.subscriptionsOf(tenantid))
      .filter(({ eventTypes }) => eventTypes.includes(eventType))
      .map(({ endpointId }) => endpointId);
    if (endpoints.length === 0) return undefined;
    const purpose = ports.purposes[eventType] ?? 'event';
    return {
      decider: webhookDecider,
      key: webhookKey(envelope),
      // The tenant's settings of messages do not apply: an endpoint subscribes to what it receives.
      terms: { ...ports.notifications, recipientKey: recipientKey(await secretOf(ports)) },
      command: {
        type: 'RequestWebhooks',
        data: { eventType, purpose, endpoints, body: JSON.stringify(withoutDerivedTraceparent(envelope)) },
      },
      assume: 'absent',
    };
  };

const isAboutWebhook = (envelope: Envelope): boolean => Reflect.get(envelope, MESSAGE_ATTRIBUTE.channel) === 'webhook';
