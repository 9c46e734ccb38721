/** The queries that are not about an order, as one module: `queries.ts` loads it when the first of them is asked. */
export { listNotifications } from './message-log.ts';
export { getNotification } from './notification-details.ts';
export { getStatistics } from './statistics.ts';
export { listSuppressions } from './suppressions.ts';
