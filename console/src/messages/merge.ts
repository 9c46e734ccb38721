import type { LoggedNotificationView, MessageLogView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Filters } from './filters.ts';

/** The rows that are loaded, newest first, and where the next page begins. */
export type LoadedLog = { rows: readonly LoggedNotificationView[]; nextCursor?: string };

/**
 * The log after its next page was loaded. A row that is on both is shown once.
 * @param after the cursor that the page was asked for. If the log begins again before the page arrives, the page no longer
 * follows it. It is left out, because rows between would be missing.
 */
export function withNextPage(loaded: LoadedLog, page: MessageLogView, after: string): LoadedLog {
  if (loaded.nextCursor !== after) return loaded;
  return logOf(merged(loaded.rows, page.notifications), page.nextCursor);
}

/**
 * The log after its first page was read again. Rows of the page replace those that are loaded, and older rows stay. So
 * does the place where the next page begins: what was looked through before is not looked through again.
 * @param loaded absent if the log was not read before.
 * @param isFiltered a page of a filtered log may be short or empty although more rows follow, so a page that has no row in
 * common with the loaded ones says nothing. Without filters, it says that there are unknown rows between. Then the log
 * begins again with this page.
 */
export function withFirstPage(loaded: LoadedLog | undefined, page: MessageLogView, isFiltered: boolean): LoadedLog {
  const { notifications, nextCursor } = page;
  if (!loaded || nextCursor === undefined) return logOf(notifications, nextCursor);
  const fresh = new Set(notifications.map(({ notificationId }) => notificationId));
  const overlaps = loaded.rows.some(({ notificationId }) => fresh.has(notificationId));
  if (!overlaps && !isFiltered) return logOf(notifications, nextCursor);
  const oldest = notifications.at(-1);
  // Rows as new as the page that are not on it no longer match the filters.
  const older = oldest ? loaded.rows.filter((row) => compare(row, oldest) > 0) : loaded.rows;
  return logOf([...notifications, ...older], loaded.nextCursor);
}

/**
 * The log after one of its messages was read by itself. Its row is replaced, or left out if it no longer has the status of
 * the filter: rows below the first page are not read again.
 */
export function withMessage(loaded: LoadedLog, message: NotificationDetailsView, { status }: Filters): LoadedLog {
  const rows = loaded.rows.flatMap((row) => {
    if (row.notificationId !== message.notificationId) return [row];
    return status === undefined || status === message.status ? [rowOf(message)] : [];
  });
  return logOf(rows, loaded.nextCursor);
}

/** What the log lists of a message. */
function rowOf(message: NotificationDetailsView): LoggedNotificationView {
  const { publishedAt, attempts, resolutions, content, durations, timeline, ...listed } = message;
  return { ...listed, attemptCount: attempts.length };
}

/** How many rows of a log were not in the earlier one. */
export function newRows(earlier: LoadedLog, { rows }: LoadedLog): number {
  const known = new Set(earlier.rows.map(({ notificationId }) => notificationId));
  return rows.filter(({ notificationId }) => !known.has(notificationId)).length;
}

function merged(
  loaded: readonly LoggedNotificationView[],
  more: readonly LoggedNotificationView[],
): LoggedNotificationView[] {
  const byId = new Map([...loaded, ...more].map((row) => [row.notificationId, row] as const));
  return [...byId.values()].sort(compare);
}

/** The order of the log: newest first, and the larger id first if two have the same time. */
function compare(one: LoggedNotificationView, other: LoggedNotificationView): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  if (one.notificationId === other.notificationId) return 0;
  return one.notificationId < other.notificationId ? 1 : -1;
}

const logOf = (rows: readonly LoggedNotificationView[], nextCursor: string | undefined): LoadedLog => ({
  rows,
  ...(nextCursor !== undefined && { nextCursor }),
});
