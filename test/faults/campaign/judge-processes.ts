import type { Notification } from '#shared/notification/notification.ts';
import { notificationIdOf, OF_PROCESS } from '#shared/notification/notification-id.ts';
import type { ApprovalEmailView } from '#shared/order/responses.ts';
import { judgeFallbacks } from '#test/support/judge/fallbacks.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { Facts, NotificationRow } from './facts.ts';
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

/** From the decision of a delivery to its commit. */
const COMMIT_MS = 15_000;

/** See `test/support/judge/fallbacks.ts`. All functions of a campaign have one clock. */
export function judgeProcessFallbacks(facts: Facts, report: Report): void {
  const { notifications, messages, requests, fallbackAfterMs } = facts;
  const orders = new Map(facts.orders.map((order) => [orderKey(order), order.state]));
  const placed = requests.filter(({ kind }) => kind === 'place');
  const reached = new Map(placed.map((request) => [orderKey(request), request.channels]));
  const otherOf = ({ notification: { channel } }: NotificationRow) => (channel === 'email' ? 'sms' : 'email');
  const findings = judgeFallbacks({
    rows: notifications,
    events: Map.groupBy(messages, ({ tenant, notificationId = '' }) => nameOf(tenant, notificationId)),
    isReached: (row) => fallbackAfterMs !== undefined && reached.get(orderKey(row))?.includes(otherOf(row)) === true,
    orderOf: (row) => orders.get(orderKey(row)),
    afterMs: fallbackAfterMs ?? 0,
    skewMs: 0,
    commitMs: COMMIT_MS,
  });
  for (const { what, row, fallback } of findings)
    report(
      what === 'it did not arrive, and has no fallback' ? 'lost' : 'phantom',
      aboutNotification(row),
      `${what}: ${JSON.stringify([row.notification, fallback?.notification])}`,
    );
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
