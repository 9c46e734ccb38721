import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, oneOf, textThat } from '#shared/messaging/read.ts';
import { type ContactChannel, NOTIFICATION_MESSAGE } from '#shared/names.ts';
import { FALLBACK_POSITION, parseNotificationId } from '#shared/notification/notification-id.ts';
import { type AnnouncedNotifications, NO_NOTIFICATIONS, type NotificationTerms } from '#shared/notification/request.ts';
import type { AboutProcess, CommandOf } from '#shared/once/execute-message.ts';
import { ORDER } from '#shared/order/order.ts';
import { fallbackDecider } from './decider.ts';
import { type FallbackCommand, type FallbackEvent, type FallbackProcess, fallbackKey } from './fallback.ts';
import { type SituationPorts, situationOf } from './situation.ts';

export type FallbackPorts = SituationPorts & {
  /** Channels whose provider reports deliveries. On the others, nothing can be concluded from silence. */
  reporting: readonly ContactChannel[];
};

const aNotification = object({
  notificationId: textThat('notification id', (id) => parseNotificationId(id) !== undefined),
  channel: oneOf('email', 'sms', 'webhook'),
});

/** What each message about a notification means to its fallback. */
const MEANING: Readonly<Record<string, FallbackCommand['type']>> = {
  [NOTIFICATION_MESSAGE.sent]: 'AwaitDelivery',
  [NOTIFICATION_MESSAGE.delivered]: 'NoteDelivery',
  // Who complains has received the message.
  [NOTIFICATION_MESSAGE.complained]: 'NoteDelivery',
  [NOTIFICATION_MESSAGE.failed]: 'SendFallback',
  [NOTIFICATION_MESSAGE.bounced]: 'SendFallback',
  [NOTIFICATION_MESSAGE.rejected]: 'SendFallback',
  // Only if the reason is a bounce, which the notification says.
  [NOTIFICATION_MESSAGE.suppressed]: 'SendFallback',
};

/** The fallback that a message may be about. undefined: none. @throws PoisonMessage if its data is unreadable. */
export function fallbackIn({ type, tenantid, data }: AboutProcess) {
  if (!MEANING[type]) return undefined;
  const { notificationId, channel } = parseWith(aNotification, data, 'The message names no notification');
  if (channel === 'webhook' || !mayHaveFallback(notificationId)) return undefined;
  const about = parseNotificationId(notificationId);
  return { key: fallbackKey({ tenant: tenantid, type: ORDER.name, id: about?.id ?? '' }, notificationId), channel };
}

/**
 * The command of a message to the fallback of its notification. Without the tenant's setting there is none, and neither
 * for a fallback or a notification that is not about an order.
 * @throws NotSeenYet while a row may not be visible yet; PoisonMessage if there is none.
 */
export const fallbackOf =
  (
    ports: FallbackPorts,
  ): CommandOf<FallbackProcess, FallbackCommand, FallbackEvent, NotificationTerms, AnnouncedNotifications> =>
  async (envelope: Envelope) => {
    const { id, type, tenantid, time, correlationid } = envelope;
    const meaning = MEANING[type];
    const found = fallbackIn(envelope);
    if (!meaning || !found) return undefined;
    const { key, channel } = found;
    const afterMinutes = (await ports.settingsOf(tenantid))?.fallback?.[channel]?.afterMinutes;
    if (afterMinutes === undefined) return undefined;
    const base = { decider: fallbackDecider, key, terms: NO_NOTIFICATIONS };
    switch (meaning) {
      case 'AwaitDelivery': {
        if (!ports.reporting.includes(channel)) return undefined;
        const dueAt = Date.parse(time) + afterMinutes * 60_000;
        const cause = { causationId: id, correlationId: correlationid };
        return { ...base, command: { type: meaning, data: { ...cause, dueAt } }, assume: 'absent' };
      }
      case 'NoteDelivery':
        return { ...base, command: { type: meaning } };
      case 'SendFallback':
        return { ...base, ...(await situationOf(key, time, ports)) };
      default:
        return meaning satisfies never;
    }
  };

/** Whether a notification is about an order, and is not itself a fallback. */
function mayHaveFallback(notificationId: string): boolean {
  const { type, number } = parseNotificationId(notificationId) ?? {};
  return type === ORDER.name && Number(number?.split('-')[1]) <= FALLBACK_POSITION;
}
