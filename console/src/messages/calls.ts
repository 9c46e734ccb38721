import type { Api, Result } from '#console/base/api.ts';
import type { MessageLogView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Decision } from './decisions.ts';
import { type Filters, pageQuery } from './filters.ts';

const PAGE_ROWS = 50;

/** A page of the message log, newest first. */
export const readPage = (
  api: Api,
  filters: Filters,
  { cursor, signal }: { cursor?: string; signal?: AbortSignal },
): Promise<Result<MessageLogView>> =>
  api.get(`/notifications?${pageQuery(filters, { limit: PAGE_ROWS, ...(cursor && { cursor }) })}`, signal);

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
