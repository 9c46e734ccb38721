import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { parseNotificationId } from '#shared/notification/notification-id.ts';
import type { ListedNotification, NotificationStore } from '#shared/notification/ports.ts';
import type { NotificationView } from '#shared/notification/responses.ts';
import { attemptView, reasonFields, statusFields } from '#shared/notification/view.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { type ApprovalReaderPorts, approvalEmailOf } from './approval-status.ts';
import { ORDER, ORDER_NOT_FOUND, type Order } from './order.ts';
import { ORDER_ID } from './order-id.ts';
import type { ApprovalEmailView, OrderView } from './responses.ts';

export type OrderQueryPorts = ApprovalReaderPorts & {
  orders: Pick<StateStore<Order>, 'read'>;
  store: Pick<NotificationStore, 'listOf'>;
};

/**
 * The order and all notifications about it. The answer for another tenant's order is the same as for one that does not
 * exist.
 */
export async function getOrder(
  { tenant, pathParameters }: TenantRequest,
  { orders, store, approvals }: OrderQueryPorts,
): Promise<Reply> {
  const orderId = pathParameters?.orderId ?? '';
  if (!ORDER_ID.test(orderId)) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const subject = { tenant, type: ORDER.name, id: orderId };
  const [stored, notifications] = await Promise.all([orders.read(subject), store.listOf(subject)]);
  if (!stored) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const approvalEmail = await approvalEmailOf(subject, stored.state, notifications, { approvals });
  return jsonResponse(JSON.stringify(orderView(subject, stored, notifications, approvalEmail)), etagOf(stored.version));
}

function orderView(
  subject: Subject,
  { state, version }: StoredState<Order>,
  listed: readonly ListedNotification[],
  approvalEmail: ApprovalEmailView | undefined,
): OrderView {
  const { orderId, status, currency, total, lines, placedAt, contact, customerId } = state;
  const customer = customerId === undefined ? {} : { customerId };
  const notifications = [...listed].sort(byTime).map((one) => notificationView(subject, one));
  return {
    orderId,
    status,
    version,
    currency,
    total,
    lines: [...lines],
    placedAt,
    ...progressView(state),
    ...(contact && { contact }),
    ...customer,
    ...(approvalEmail && { approvalEmail }),
    notifications,
  };
}

/** When the order got its status, and why it was cancelled. */
function progressView(order: Order): Partial<OrderView> {
  switch (order.status) {
    case 'placed':
      return {};
    case 'confirmed':
      return { confirmedAt: order.confirmedAt };
    case 'approved':
      return { confirmedAt: order.confirmedAt, approvedAt: order.approvedAt };
    case 'cancelled': {
      const { cancelledAt, confirmedAt, reason } = order;
      return {
        ...(confirmedAt !== undefined && { confirmedAt }),
        cancelledAt,
        ...(reason !== undefined && { reason }),
      };
    }
    default:
      return order satisfies never;
  }
}

/** What a process requested has the version 0 in its id, and comes at the time of its request. */
const byTime = (one: ListedNotification, other: ListedNotification): number =>
  Date.parse(one.stored.state.createdAt) - Date.parse(other.stored.state.createdAt) || byNumber(one, other);

/**
 * `…_2-1` comes before `…_10-1`. The numbers are compared by arithmetic, because creating a collator would take a tenth
 * of a cold start.
 */
function byNumber(one: ListedNotification, other: ListedNotification): number {
  const [version, position] = numbersOf(one);
  const [otherVersion, otherPosition] = numbersOf(other);
  return version - otherVersion || position - otherPosition;
}

function numbersOf({ notificationId }: ListedNotification): [version: number, position: number] {
  const [version = 0, position = 0] = parseNotificationId(notificationId)?.number.split('-').map(Number) ?? [];
  return [version, position];
}

function notificationView(subject: Subject, { notificationId, stored }: ListedNotification): NotificationView {
  const notification = stored.state;
  const { channel, status, createdAt, attempts } = notification;
  const doubled = notification.doubled ? { doubled: true } : {};
  return {
    notificationId,
    channel,
    ...reasonFields(subject, notification),
    status,
    createdAt,
    ...statusFields(notification),
    ...doubled,
    attempts: attempts.map(attemptView),
  };
}
