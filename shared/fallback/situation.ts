import { absent } from '#shared/messaging/absence.ts';
import type { RelatedState } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { NO_SUCH_NOTIFICATION, notificationKeyOf } from '#shared/notification/notification-id.ts';
import { channelsOn } from '#shared/notification/request.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { type OrderReaderPorts, unchangedOrder } from '#shared/order/unchanged-order.ts';
import type { FallbackCommand, FallbackKey } from './fallback.ts';
import { FALLBACK_MESSAGE } from './messages.ts';

export type SituationPorts = NotifyingPorts &
  OrderReaderPorts & { notificationStates: Pick<StateStore<Notification>, 'read'> };

/**
 * The command to send a fallback, for the executor (see `Decided`). It reads the notification and the order, and requires
 * that both are unchanged at the commit: a delivery, a resend or an erasure in the meantime is decided on again.
 * @param since ISO 8601: when the notification was known to exist.
 */
export async function situationOf(key: FallbackKey, since: string, ports: SituationPorts) {
  const { part, ...subject } = key;
  const notificationKey = notificationKeyOf(subject, part.id);
  const order = unchangedOrder(key, since, ports);
  const terms = await notificationTerms(ports, key.tenant);
  const channels = channelsOn('FallbackRequested', FALLBACK_MESSAGE.FallbackRequested.channels, terms);
  let version = 0;
  return {
    terms,
    readCommand: async (): Promise<FallbackCommand> => {
      const stored = await ports.notificationStates.read(notificationKey);
      if (!stored) throw absent(NO_SUCH_NOTIFICATION, since, ports.clock.now());
      version = stored.version;
      const { state: notification } = stored;
      // The tenant may have switched fallbacks off while this one waited.
      const isSet =
        notification.channel !== 'webhook' && terms.settings?.fallback?.[notification.channel] !== undefined;
      const data = { notification, order: await order.read(), channels: isSet ? channels : [] };
      return { type: 'SendFallback', data };
    },
    related: async (): Promise<readonly RelatedState[]> => [
      { key: notificationKey, expectedVersion: version },
      ...(await order.related()),
    ],
  };
}
