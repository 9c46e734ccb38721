import type { Api, Result } from '#console/base/api.ts';
import { PAGE_ROWS, type PagedRows, pagedRows } from '#console/base/paged-rows.ts';
import type { LoggedNotificationView, MessageLogView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Decision } from './decisions.ts';
import { type Filters, pageQuery } from './filters.ts';

/** A page of the message log, newest first. */
export async function readPage(
  api: Api,
  filters: Filters,
  { cursor, signal }: { cursor?: string; signal?: AbortSignal },
): Promise<Result<PagedRows<LoggedNotificationView>>> {
  const query = pageQuery(filters, { limit: PAGE_ROWS, ...(cursor && { cursor }) });
  const result = await api.get<MessageLogView>(`/notifications?${query}`, signal);
  return 'failure' in result ? result : { value: pagedRows(result.value.notifications, result.value.nextCursor) };
}

export const readMessage = (api: Api, id: string, signal?: AbortSignal): Promise<Result<NotificationDetailsView>> =>
  api.get(`/notifications/${encodeURIComponent(id)}`, signal);

export type Decided = { resolution?: { at: string } };

/** @param key stays the same when a person repeats the decision after a lost answer. */
export const sendDecision = (
  api: Api,
  id: string,
  { action, reason, key }: { action: Decision; reason: string; key: string },
): Promise<Result<Decided>> =>
  api.send('POST', `/notifications/${encodeURIComponent(id)}/resolve`, { key, body: { action, reason } });
