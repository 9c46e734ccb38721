import { type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { parseNotificationId } from '#shared/notification/notification-id.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import type { NotificationView } from '#shared/notification/responses.ts';
import { attemptView, statusFields } from '#shared/notification/view.ts';
import { ORDER_NOT_FOUND, type Order } from './order.ts';
import { ORDER_ID } from './order-id.ts';
import type { OrderView } from './responses.ts';

export type OrderQueryPorts = { store: Pick<NotificationStore, 'read' | 'listOf'> };

/**
 * The order and all notifications about it. The answer for another tenant's order is the same as for one that does not
 * exist.
 */
export async function getOrder(
  { tenant, pathParameters }: TenantRequest,
  { store }: OrderQueryPorts,
): Promise<HttpResponse> {
  const orderId = pathParameters?.orderId ?? '';
  if (!ORDER_ID.test(orderId)) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const subject = { tenant, type: 'order', id: orderId };
  const [stored, notifications] = await Promise.all([store.read(subject), store.listOf(subject)]);
  if (!stored) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  return jsonResponse(200, JSON.stringify(orderView(stored, notifications)));
}

type Listed = { notificationId: string; stored: StoredState };

function orderView({ state, version }: StoredState, listed: readonly Listed[]): OrderView {
  const { orderId, status, currency, total, lines, placedAt, contact, customerId } = state as Order;
  const customer = customerId === undefined ? {} : { customerId };
  const notifications = [...listed].sort(byNumber).map(notificationView);
  return {
    orderId,
    status,
    version,
    currency,
    total,
    lines: [...lines],
    placedAt,
    ...(contact && { contact }),
    ...customer,
    notifications,
  };
}

/**
 * `…_2-1` comes before `…_10-1`. The numbers are compared by arithmetic, because creating a collator would take a tenth
 * of a cold start.
 */
function byNumber(one: Listed, other: Listed): number {
  const [version, position] = numbersOf(one);
  const [otherVersion, otherPosition] = numbersOf(other);
  return version - otherVersion || position - otherPosition;
}

function numbersOf({ notificationId }: Listed): [version: number, position: number] {
  const [version = 0, position = 0] = parseNotificationId(notificationId)?.number.split('-').map(Number) ?? [];
  return [version, position];
}

function notificationView({ notificationId, stored }: Listed): NotificationView {
  const notification = stored.state as Notification;
  const { channel, status, createdAt, attempts } = notification;
  const doubled = notification.doubled ? { doubled: true } : {};
  return {
    notificationId,
    channel,
    status,
    createdAt,
    ...statusFields(notification),
    ...doubled,
    attempts: attempts.map(attemptView),
  };
}
