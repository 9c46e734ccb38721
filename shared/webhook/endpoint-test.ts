import type { AnnounceContext, Decider } from '#shared/messaging/decider.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { envelopesFor } from '#shared/once/envelopes.ts';
import type { WebhookTestData } from './message-data.ts';
import type { EndpointTestView } from './responses.ts';
import { WEBHOOK, type Webhook } from './webhook.ts';

/** The `type` of the event of a test. It is posted to the endpoint that is tested, and never published. */
export const WEBHOOK_TEST = 'counterfoil.webhook.test.v1';

/** Posts an event to this endpoint, whatever it subscribes to. */
export type TestEndpoint = { type: 'TestEndpoint'; data: { endpointId: string } };

type EndpointTested = { type: 'EndpointTested'; data: { endpointId: string } };

/** A test has a partition of its own, like a message that is about no other subject. */
export const endpointTestKey = (tenant: string, id: string): StateKey => ({
  tenant,
  type: WEBHOOK.name,
  id,
  part: { type: WEBHOOK.name, id },
});

/** One notification, to the endpoint that is tested. Everything after that is as for any other webhook. */
export const endpointTestDecider: Decider<
  Webhook,
  TestEndpoint,
  EndpointTested,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: WEBHOOK,
  decide: ({ data }, webhook) => ({
    kind: 'accepted',
    events: webhook ? [] : [{ type: 'EndpointTested', data }],
  }),
  evolve: (_webhook, { data: { endpointId } }) => ({ eventType: WEBHOOK_TEST, endpoints: [endpointId] }),
  announce: (events, _webhook, context) =>
    announcedTogether(events.map(({ data: { endpointId } }) => requestTo(endpointId, context))),
  answer: ({ endpoints: [endpointId = ''] }, { notifications }): Partial<EndpointTestView> => ({
    ...notifications[0],
    endpointId,
  }),
  due: () => undefined,
};

function requestTo(endpointId: string, context: AnnounceContext<NotificationTerms>): AnnouncedNotifications {
  return requestNotification({
    context,
    position: 1,
    channel: 'webhook',
    purpose: 'test',
    causePosition: 0,
    content: {
      recipients: [endpointId],
      template: 'direct',
      message: { channel: 'webhook', body: JSON.stringify(eventOf(endpointId, context)) },
    },
  });
}

/** The event, in the envelope of published messages. Its id is that of the notification, which no message has. */
function eventOf(
  endpointId: string,
  { key, commandId, version, now, correlationId }: AnnounceContext<NotificationTerms>,
) {
  const metadata = { correlationId, causationId: commandId };
  const data: WebhookTestData = { endpointId };
  const [envelope] = envelopesFor([{ type: WEBHOOK_TEST, data }], { key, commandId, version, now, metadata });
  return { ...envelope, id: notificationIdOf(key, version, 1) };
}
