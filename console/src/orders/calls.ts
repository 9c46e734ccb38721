import type { Api, Result } from '#console/base/api.ts';
import { PAGE_ROWS, type PagedRows, pagedRows } from '#console/base/paged-rows.ts';
import type { CustomerView } from '#shared/customer/responses.ts';
import type { LoggedNotificationView, MessageLogView } from '#shared/message-log/responses.ts';
import type { OrderView } from '#shared/order/responses.ts';
import type { OrderListView } from '#shared/order-list/responses.ts';
import type { TimelineEntry, TimelineView } from '#shared/timeline/responses.ts';
import type { Filters, Subject } from './view.ts';

/** Pages of a timeline that are read, of 200 entries each. */
const TIMELINE_PAGES = 5;

export type ListedOrder = OrderListView['orders'][number];

/** The path of an order or a customer. */
export const pathOf = ({ kind, id }: Subject): string => `/${kind}s/${encodeURIComponent(id)}`;

export const readOrder = (api: Api, id: string, signal?: AbortSignal): Promise<Result<OrderView>> =>
  api.get(pathOf({ kind: 'order', id }), signal);

export const readCustomer = (api: Api, id: string, signal?: AbortSignal): Promise<Result<CustomerView>> =>
  api.get(pathOf({ kind: 'customer', id }), signal);

/** A page of the orders with these filters, newest first. */
export async function readOrders(
  api: Api,
  filters: Filters,
  { cursor, signal }: { cursor?: string; signal?: AbortSignal },
): Promise<Result<PagedRows<ListedOrder>>> {
  const given = { ...filters, limit: String(PAGE_ROWS), ...(cursor && { cursor }) };
  const result = await api.get<OrderListView>(`/orders?${new URLSearchParams(given)}`, signal);
  return 'failure' in result ? result : { value: pagedRows(result.value.orders, result.value.nextCursor) };
}

/** The latest messages about an order or a customer, with what became of their recipients. */
export async function readMessagesOf(
  api: Api,
  { kind, id }: Subject,
  signal?: AbortSignal,
): Promise<Result<readonly LoggedNotificationView[]>> {
  const query = new URLSearchParams({ [`${kind}Id`]: id, limit: String(PAGE_ROWS) });
  const result = await api.get<MessageLogView>(`/notifications?${query}`, signal);
  return 'failure' in result ? result : { value: result.value.notifications };
}

/** @property isWhole false: later entries were not read. */
export type Happenings = { entries: readonly TimelineEntry[]; isWhole: boolean };

/** What happened to an order or a customer. */
export async function readTimeline(api: Api, subject: Subject, signal?: AbortSignal): Promise<Result<Happenings>> {
  const entries: TimelineEntry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < TIMELINE_PAGES; page += 1) {
    const query = cursor === undefined ? '' : `?${new URLSearchParams({ cursor })}`;
    const result = await api.get<TimelineView>(`${pathOf(subject)}/timeline${query}`, signal);
    if ('failure' in result) return result;
    entries.push(...result.value.entries);
    cursor = result.value.nextCursor;
    if (cursor === undefined) break;
  }
  return { value: { entries, isWhole: cursor === undefined } };
}
