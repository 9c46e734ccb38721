import { NOTIFICATION, type Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { World } from './world.ts';

export type NotificationRow = { key: NotificationKey; name: string; notification: Notification };

/** Every notification as its row is now. */
export function notificationsOf({ store }: World): NotificationRow[] {
  return [...store.states.values()].flatMap(({ key, stored }) => {
    const { part } = key;
    if (part?.type !== NOTIFICATION.name) return [];
    const name = nameOf(key.tenant, part.id);
    return [{ key: { ...key, part, notificationId: part.id }, name, notification: stored.state as Notification }];
  });
}
