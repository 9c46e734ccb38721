import type { LoggedNotificationView, MessageLogView } from '#shared/message-log/responses.ts';

/** The rows that are loaded, newest first, and where the next page begins. */
export type LoadedLog = { rows: readonly LoggedNotificationView[]; nextCursor?: string };

/** The log after its next page was loaded. A row that is on both is shown once. */
export function withNextPage(loaded: LoadedLog, page: MessageLogView): LoadedLog {
  return logOf(merged(loaded.rows, page.notifications), page.nextCursor);
}

/**
 * The log after its first page was read again. Rows of the page replace those that are loaded, and older rows stay.
 * @param isFiltered a page of a filtered log may be short or empty although more rows follow, so a page that has no row in
 * common with the loaded ones says nothing. Without filters, it says that there are unknown rows between. Then the log
 * begins again with this page.
 */
export function withFirstPage(loaded: LoadedLog, page: MessageLogView, isFiltered: boolean): LoadedLog {
  if (page.nextCursor === undefined) return logOf(page.notifications, undefined);
  const fresh = new Set(page.notifications.map(({ notificationId }) => notificationId));
  const overlaps = loaded.rows.some(({ notificationId }) => fresh.has(notificationId));
  if (!overlaps && !isFiltered) return logOf(page.notifications, page.nextCursor);
  const oldest = page.notifications.at(-1);
  // Rows as new as the page that are not on it no longer match the filters.
  const older = oldest ? loaded.rows.filter((row) => compare(row, oldest) > 0) : loaded.rows;
  return older.length > 0 && overlaps
    ? logOf([...page.notifications, ...older], loaded.nextCursor)
    : logOf([...page.notifications, ...older], page.nextCursor);
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
