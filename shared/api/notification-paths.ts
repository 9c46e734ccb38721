import { sendNotificationOperation } from '#shared/direct-notification/openapi.ts';
import { parameter } from '#shared/http/openapi/components.ts';
import { getNotificationOperation, listNotificationsOperation } from '#shared/message-log/openapi.ts';
import { resolveNotificationOperation } from '#shared/notification/openapi.ts';
import { getStatisticsOperation } from '#shared/statistics/openapi.ts';

/** Operations on messages. */
export const notificationPaths = {
  '/notifications': { post: sendNotificationOperation, get: listNotificationsOperation },
  '/notifications/statistics': { get: getStatisticsOperation },
  '/notifications/{notificationId}': {
    parameters: [parameter('NotificationId')],
    get: getNotificationOperation,
  },
  '/notifications/{notificationId}/resolve': {
    parameters: [parameter('NotificationId')],
    post: resolveNotificationOperation,
  },
};
