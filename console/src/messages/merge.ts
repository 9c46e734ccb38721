import { type PagedRows, type PlaceOf, pagedRows } from '#console/base/paged-rows.ts';
import type { LoggedNotificationView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Filters } from './filters.ts';

/** Where a message stands in the log. */
export const placeOf: PlaceOf<LoggedNotificationView> = ({ createdAt, notificationId }) => ({
  at: createdAt,
  id: notificationId,
});

/**
 * The log after one of its messages was read by itself. Its row is replaced, or left out if it no longer has the status of
 * the filter: rows below the first page are not read again.
 */
export function withMessage(
  loaded: PagedRows<LoggedNotificationView>,
  message: NotificationDetailsView,
  { status }: Filters,
): PagedRows<LoggedNotificationView> {
  const rows = loaded.rows.flatMap((row) => {
    if (row.notificationId !== message.notificationId) return [row];
    return status === undefined || status === message.status ? [rowOf(message)] : [];
  });
  return pagedRows(rows, loaded.nextCursor);
}

/** What the log lists of a message. */
function rowOf(message: NotificationDetailsView): LoggedNotificationView {
  const { publishedAt, attempts, resolutions, content, durations, timeline, ...listed } = message;
  return { ...listed, attemptCount: attempts.length };
}
