import { NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';

/** The events that the messages about notifications announce. */
export const NOTIFICATION_EVENT_NAMES = {
  [NOTIFICATION_REQUESTED]: 'NotificationRequested',
  [NOTIFICATION_MESSAGE.sent]: 'NotificationSent',
  [NOTIFICATION_MESSAGE.failed]: 'NotificationFailed',
  [NOTIFICATION_MESSAGE.held]: 'NotificationHeld',
  [NOTIFICATION_MESSAGE.doubled]: 'NotificationDoubled',
  [NOTIFICATION_MESSAGE.suppressed]: 'NotificationSuppressed',
  [NOTIFICATION_MESSAGE.cancelled]: 'NotificationCancelled',
  [NOTIFICATION_MESSAGE.delivered]: 'NotificationDelivered',
  [NOTIFICATION_MESSAGE.bounced]: 'NotificationBounced',
  [NOTIFICATION_MESSAGE.complained]: 'NotificationComplained',
  [NOTIFICATION_MESSAGE.rejected]: 'NotificationRejected',
} as const satisfies Record<
  (typeof NOTIFICATION_MESSAGE)[keyof typeof NOTIFICATION_MESSAGE] | typeof NOTIFICATION_REQUESTED,
  string
>;
