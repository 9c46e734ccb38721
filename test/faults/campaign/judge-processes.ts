import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import {
  FALLBACK_POSITION,
  notificationIdOf,
  OF_PROCESS,
  parseNotificationId,
} from '#shared/notification/notification-id.ts';
import type { ApprovalEmailView } from '#shared/order/responses.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { Facts, MessageRow, NotificationRow } from './facts.ts';
import { aboutNotification, isAccepted, orderKey, type Report, type ReportOne } from './violations.ts';

/** The judgement of reminders, fallbacks and approvals. `judge-requested.ts` counts the first and the last. */

/**
 * A reminder is requested when it is due, and never after the answer that the order is confirmed or cancelled: the order
 * is read after the time of the decision, and must be unchanged at the commit.
 */
export function judgeReminders({ notifications, orders, answers, reminderAfterMs = 0 }: Facts, report: Report): void {
  const placed = new Map(orders.map((order) => [orderKey(order), Date.parse(order.state.placedAt)]));
  const steps = answers.filter((one) => one.request.kind === 'step' && isAccepted(one));
  const ended = Map.groupBy(steps, ({ request }) => orderKey(request));
  for (const row of notifications) {
    const { purpose, createdAt } = row.notification;
    if (purpose !== 'reminder') continue;
    const requestedAt = Date.parse(createdAt);
    const reportOne: ReportOne = (kind, why) => report(kind, aboutNotification(row), `${why}: ${createdAt}`);
    const dueAt = (placed.get(orderKey(row)) ?? 0) + reminderAfterMs;
    if (requestedAt < dueAt) reportOne('phantom', `a reminder before ${new Date(dueAt).toISOString()}`);
    const known = (ended.get(orderKey(row)) ?? []).filter(({ at }) => at < requestedAt);
    if (known.length > 0) reportOne('phantom', 'a reminder after the answer that the order is no longer only placed');
  }
}

/** After one of these, a fallback follows at once. After the sending, it follows if nothing is reported in time. */
const NOT_ARRIVED: readonly string[] = [
  NOTIFICATION_MESSAGE.failed,
  NOTIFICATION_MESSAGE.bounced,
  NOTIFICATION_MESSAGE.rejected,
];

/** From the decision of a delivery to its commit. */
const COMMIT_MS = 15_000;

/** Whatever did not arrive has one message on the other channel, and nothing else has: never while its outcome is unknown. */
export function judgeFallbacks(facts: Facts, report: Report): void {
  const { notifications, messages, requests, fallbackAfterMs } = facts;
  const named = notifications.map((row) => [nameOf(row.tenant, row.notificationId), row] as const);
  const fallbacks = new Map(named.filter(([, row]) => isFallback(row)));
  const placed = requests.filter(({ kind }) => kind === 'place');
  const reached = new Map(placed.map((request) => [orderKey(request), request.channels]));
  const events = Map.groupBy(messages, ({ tenant, notificationId = '' }) => nameOf(tenant, notificationId));
  for (const [name, row] of named) {
    const key = fallbackOf(row);
    if (isFallback(row) || key === undefined) continue;
    const fallback = fallbacks.get(key);
    fallbacks.delete(key);
    const other = row.notification.channel === 'email' ? 'sms' : 'email';
    const isReached = fallbackAfterMs !== undefined && reached.get(orderKey(row))?.includes(other) === true;
    judgeFallback({ row, fallback, isReached, afterMs: fallbackAfterMs ?? 0, events: events.get(name) ?? [] }, report);
  }
  for (const row of fallbacks.values()) report('phantom', aboutNotification(row), 'a fallback of no notification');
}

const isFallback = ({ notification }: NotificationRow): boolean => notification.purpose === 'fallback';

/** The name of a notification's fallback; undefined: there is none for its kind. */
function fallbackOf({ tenant, notificationId, notification }: NotificationRow): string | undefined {
  const { type = '', id = '', number = '' } = parseNotificationId(notificationId) ?? {};
  if (type !== 'order' || notification.channel === 'webhook') return undefined;
  const [version = 0, position = 0] = number.split('-').map(Number);
  return nameOf(tenant, notificationIdOf({ tenant, type, id }, version, FALLBACK_POSITION + position));
}

function isLost({ status, outcomes = [] }: Notification): boolean {
  return status === 'FAILED' || (status === 'SENT' && (outcomes.includes('bounced') || outcomes.includes('rejected')));
}

type FallbackEvidence = {
  /** The notification. */
  row: NotificationRow;
  fallback: NotificationRow | undefined;
  /** Whether the tenant has set fallbacks, and the order has an address on the other channel. */
  isReached: boolean;
  afterMs: number;
  /** Messages about the notification. */
  events: readonly MessageRow[];
};

function judgeFallback({ row, fallback, isReached, afterMs, events }: FallbackEvidence, report: Report): void {
  const { notification } = row;
  const reportOne: ReportOne = (kind, why) =>
    report(kind, aboutNotification(row), `${why}: ${JSON.stringify([notification, fallback?.notification])}`);
  if (!fallback) {
    if (isLost(notification) && isReached) reportOne('lost', 'it did not arrive, and has no fallback');
    return;
  }
  const requestedAt = Date.parse(fallback.notification.createdAt);
  const has = (types: readonly string[], until: number): boolean =>
    events.some(({ type, at }) => types.includes(type) && Date.parse(at) <= until);
  const isKnown = has(NOT_ARRIVED, requestedAt);
  const { status } = notification;
  if (!isReached) reportOne('phantom', 'a fallback to an address that the order does not have');
  if (status !== 'SENT' && status !== 'FAILED') reportOne('phantom', `a fallback, and the outcome is ${status}`);
  else if (!isKnown && !has([NOTIFICATION_MESSAGE.sent], requestedAt - afterMs))
    reportOne('phantom', 'a fallback before it was known that the notification did not arrive');
  if (!isKnown && has([NOTIFICATION_MESSAGE.delivered], requestedAt - COMMIT_MS))
    reportOne('phantom', 'a fallback of a notification that was delivered');
}

/** An order shows what became of its approval e-mail, as the notification says it. */
export function judgeApprovals({ shown, notifications }: Facts, report: Report): void {
  const rows = new Map(notifications.map((row) => [nameOf(row.tenant, row.notificationId), row.notification]));
  for (const { tenant, orderId, approvalEmail } of shown) {
    const id = notificationIdOf({ tenant, type: 'order', id: orderId }, OF_PROCESS.version, OF_PROCESS.approval);
    const expected = shownApproval(rows.get(nameOf(tenant, id)));
    const [one, other] = [expected, approvalEmail].map((view) =>
      JSON.stringify([view?.status, view?.at, view?.reason]),
    );
    if (one !== other)
      report('diverging', `${tenant} order ${orderId}`, `approvalEmail is ${other}, by its notification ${one}`);
  }
}

/** Written without the code that it judges. Nothing is open any more when the stage is idle. */
function shownApproval(row: Notification | undefined): ApprovalEmailView | undefined {
  if (!row) return undefined;
  if (row.status === 'SENT') {
    const failure = row.outcomes?.find((outcome) => outcome === 'bounced' || outcome === 'rejected');
    return failure ? { status: 'failed', reason: failure.toUpperCase() } : { status: 'sent', at: row.sentAt };
  }
  if (row.status === 'FAILED') return { status: 'failed', at: row.failedAt, reason: row.reason };
  if (row.status === 'HELD') return { status: 'held', at: row.heldAt, reason: row.reason };
  if (row.status === 'SUPPRESSED') return { status: 'failed', at: row.suppressedAt, reason: 'SUPPRESSED' };
  return { status: 'pending' };
}
