import type { Api } from '#console/base/api.ts';
import { type LoadedRows, usePagedRows } from '#console/base/use-paged-rows.ts';
import type { LoggedNotificationView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import { readPage } from './calls.ts';
import { type Filters, filterCount, searchOf } from './filters.ts';
import { placeOf, withMessage } from './merge.ts';

export type Log = LoadedRows<LoggedNotificationView>;

/** The message log with these filters. */
export function useLog(api: Api, filters: Filters) {
  const { list, isLoadingMore, loadMore, changeRows } = usePagedRows<LoggedNotificationView>({
    key: searchOf({ filters }),
    isFiltered: filterCount(filters) > 0,
    readRows: (page) => readPage(api, filters, page),
    placeOf,
    concerns: ({ kind }) => kind === 'notification',
  });
  /** A message that was read by itself changes its row. */
  const take = (message: NotificationDetailsView): void =>
    changeRows((loaded) => withMessage(loaded, message, filters));
  return { log: list, isLoadingMore, loadMore, take };
}
