import type { StateKey } from '#shared/messaging/identity.ts';
import { stateDue } from '#shared/once/due.ts';
import { type NotificationKey, notificationKey } from './notification-id.ts';

const keyOf = ({ tenant, part }: StateKey): NotificationKey | undefined =>
  part?.type === 'notification' ? notificationKey(tenant, part.id) : undefined;

/** Notifications that wait for a claim, or whose lease ends. */
export const NOTIFICATION_DUE = stateDue('notification', keyOf);

/** Notifications whose outcome is unknown. */
export const UNKNOWN_DUE = stateDue('unknown', keyOf);

/** The kind of held notifications. Only people can finish them: they are in the index to be counted. */
export const HELD_KIND = 'held';
export const HELD_DUE = stateDue(HELD_KIND, keyOf);
