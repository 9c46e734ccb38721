import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { FALLBACK_POSITION, parseNotificationId } from '#shared/notification/notification-id.ts';
import { processDecider } from '#shared/notification/process-decider.ts';
import {
  type AnnouncedNotifications,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { contentFrom } from '#shared/notification/template.ts';
import {
  decide,
  dueOf,
  evolve,
  FALLBACK,
  type FallbackCommand,
  type FallbackEvent,
  type FallbackProcess,
} from './fallback.ts';
import { FALLBACK_MESSAGE } from './messages.ts';
import { ORDER_FALLBACK } from './order-fallback.ts';

/** The fallback's decider for the executor. */
export const fallbackDecider = processDecider<FallbackProcess, FallbackCommand, FallbackEvent>({
  shape: FALLBACK,
  decide,
  evolve,
  requestsOf: (event, context) => (event.type === 'FallbackRequested' ? [fallbackRequest(event.data, context)] : []),
  due: dueOf,
});

function fallbackRequest(
  { notificationId, channel, address, name, order }: Extract<FallbackEvent, { type: 'FallbackRequested' }>['data'],
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications {
  const [version = 0, position = 0] = parseNotificationId(notificationId)?.number.split('-').map(Number) ?? [];
  const { orderId, status, customerId, contact } = order;
  return requestNotification({
    context,
    version,
    position: FALLBACK_POSITION + position,
    channel,
    purpose: FALLBACK_MESSAGE.FallbackRequested.purpose,
    // The message that it did not arrive, or that it was sent.
    causePosition: 0,
    ...(customerId !== undefined && { customerId }),
    content: contentFrom(ORDER_FALLBACK, [address], { locale: contact?.locale, data: { orderId, name, status } }),
  });
}
