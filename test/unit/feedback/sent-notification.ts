import type { FeedbackPorts } from '#shared/feedback/acceptance.ts';
import {
  type DeliveryEvent,
  type Feedback,
  type RecipientFeedbackPorts,
  recordDeliveryEvent,
} from '#shared/feedback/recipient-feedback.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { manualClock } from '#test/support/ports.ts';
import { feedbackPorts } from '#test/support/world/functions.ts';
import { createWorld } from '#test/support/world/world.ts';

export const TENANT = 'acme';
export const NOW = Date.UTC(2026, 0, 1);
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
export const keyOf = recipientKey('secret');
export const addressOf = (position: number): string => `recipient-${position}@example.com`;

type Fields = Partial<Extract<Notification, { status: 'SENT' | 'UNKNOWN' }>>;

/** A notification that was sent in one attempt, and what `record-email-feedback` does with events about it. */
export async function sentNotification(recipientCount = 1, fields: Fields = {}) {
  let keysRead = 0;
  const { store, messages, keep, ...one } = createWorld({ clock: manualClock(NOW) });
  const recipients = Array.from({ length: recipientCount }, (_, position) =>
    keyOf(TENANT, 'email', addressOf(position)),
  );
  const sent = {
    channel: 'email',
    purpose: 'direct',
    createdAt: at(0),
    correlationId: 'correlation-1',
    attempts: [{ nonce: 'n1', claimedAt: at(0), outcome: 'accepted', settledAt: at(1), providerMessageId: 'm1' }],
    recipients,
    status: 'SENT',
    sentAt: at(1),
    ...fields,
  } as Notification;
  const key = await keep(sent, { tenant: TENANT });
  const { notificationId } = key;
  const ports: FeedbackPorts & RecipientFeedbackPorts = {
    ...feedbackPorts(one.ports()),
    recipientKey: async () => {
      keysRead += 1;
      return keyOf;
    },
  };
  const acceptance = { providerMessageId: 'm1', acceptedAt: at(1), tenant: TENANT, notificationId, attemptNonce: 'n1' };
  const feedback = (
    deliveryEvent: DeliveryEvent,
    more: Partial<typeof acceptance> = {},
  ): Feedback & { deliveryEvent: DeliveryEvent } => ({
    channel: 'email',
    acceptance: { ...acceptance, ...more },
    deliveryEvent,
  });
  return {
    store,
    ports,
    key,
    feedback,
    keysRead: () => keysRead,
    record: (event: DeliveryEvent, more?: Partial<typeof acceptance>) =>
      recordDeliveryEvent(feedback(event, more), event, ports),
    notification: () => one.notification(notificationId, TENANT),
    outcomes: () => store.readOutcomes(key),
    suppressed: async () =>
      (await store.suppressionsOf(TENANT, recipients)).map(({ recipient }) => recipients.indexOf(recipient)),
    announced: () =>
      messages()
        .map((text): string => JSON.parse(text).type)
        .sort(),
  };
}

/** An event about the recipients at these positions. */
export const event = (kind: DeliveryEvent['kind'], positions: number[], second = 5, code?: string): DeliveryEvent => ({
  kind,
  at: at(second),
  ...(code !== undefined && { code }),
  affected: { addresses: positions.map(addressOf) },
});
