import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { FALLBACK_POSITION, notificationIdOf, parseNotificationId } from '#shared/notification/notification-id.ts';
import type { Order } from '#shared/order/order.ts';
import { nameOf } from './messages.ts';

/** A notification, or the fallback of one. */
export type FallbackRow = { tenant: string; notificationId: string; notification: Notification };

export type FallbackEvidence<Row extends FallbackRow> = {
  rows: readonly Row[];
  /** Messages about notifications, by `nameOf`. `at`: ISO 8601. */
  events: ReadonlyMap<string, readonly { type: string; at: string }[]>;
  /** Whether the tenant has set fallbacks, and the order has an address on the other channel. */
  isReached(row: Row): boolean;
  /** The order that it is about, as it is at the end. */
  orderOf(row: Row): Order | undefined;
  /** How long a notification may stay unreported. */
  afterMs: number;
  /** Most that two clocks differ. */
  skewMs: number;
  /** Longest time from the decision of a delivery to its commit. */
  commitMs: number;
};

export type FallbackFinding<Row> = {
  what:
    | 'it did not arrive, and has no fallback'
    | 'a fallback to an address that the order does not have'
    | 'a fallback, and the outcome is not known'
    | 'a fallback before it was known that the notification did not arrive'
    | 'a fallback of a notification that was delivered'
    | 'a fallback of a notification that a person marked as sent'
    | 'a fallback of an outdated notification'
    | 'a fallback of no notification';
  row: Row;
  fallback?: Row;
};

/** After one of these, a fallback follows at once. After the sending, it follows if nothing is reported in time. */
const NOT_ARRIVED: readonly string[] = [
  NOTIFICATION_MESSAGE.failed,
  NOTIFICATION_MESSAGE.bounced,
  NOTIFICATION_MESSAGE.rejected,
  // Only a bounce suppresses so. Otherwise the status says that a fallback is not allowed.
  NOTIFICATION_MESSAGE.suppressed,
];

/** Whatever did not arrive has one message on the other channel, and nothing else has: never while its outcome is unknown. */
export function judgeFallbacks<Row extends FallbackRow>(evidence: FallbackEvidence<Row>): FallbackFinding<Row>[] {
  const { rows } = evidence;
  const named = rows.map((row) => [nameOf(row.tenant, row.notificationId), row] as const);
  const fallbacks = new Map(named.filter(([, row]) => isFallback(row)));
  const findings: FallbackFinding<Row>[] = [];
  for (const [, row] of named) {
    const key = fallbackOf(row);
    if (isFallback(row) || key === undefined) continue;
    const fallback = fallbacks.get(key);
    fallbacks.delete(key);
    for (const what of faultsOf(row, fallback, evidence)) findings.push({ what, row, ...(fallback && { fallback }) });
  }
  for (const row of fallbacks.values()) findings.push({ what: 'a fallback of no notification', row });
  return findings;
}

const isFallback = ({ notification }: FallbackRow): boolean => notification.purpose === 'fallback';

/** The name of a notification's fallback; undefined: there is none for its kind. */
function fallbackOf({ tenant, notificationId, notification }: FallbackRow): string | undefined {
  const { type = '', id = '', number = '' } = parseNotificationId(notificationId) ?? {};
  if (type !== 'order' || notification.channel === 'webhook') return undefined;
  const [version = 0, position = 0] = number.split('-').map(Number);
  return nameOf(tenant, notificationIdOf({ tenant, type, id }, version, FALLBACK_POSITION + position));
}

function isLost(notification: Notification): boolean {
  const { status, outcomes = [] } = notification;
  if (status === 'SUPPRESSED') return notification.reason === 'BOUNCE';
  return status === 'FAILED' || (status === 'SENT' && (outcomes.includes('bounced') || outcomes.includes('rejected')));
}

/** Epoch milliseconds: since when another message informs the contact of the order's status; undefined: none does. */
function outdatedSince({ purpose }: Notification, order: Order | undefined): number | undefined {
  if (order?.status === 'approved' && purpose !== 'approval') return Date.parse(order.approvedAt);
  if (order?.status === 'cancelled' && purpose !== 'order-cancellation') return Date.parse(order.cancelledAt);
  return undefined;
}

function* faultsOf<Row extends FallbackRow>(
  row: Row,
  fallback: Row | undefined,
  evidence: FallbackEvidence<Row>,
): Iterable<FallbackFinding<Row>['what']> {
  const { isReached, orderOf, commitMs } = evidence;
  const outdatedAt = outdatedSince(row.notification, orderOf(row));
  if (!fallback) {
    // It may have become outdated before it was known to be lost.
    if (isLost(row.notification) && isReached(row) && outdatedAt === undefined)
      yield 'it did not arrive, and has no fallback';
    return;
  }
  const requestedAt = Date.parse(fallback.notification.createdAt);
  if (!isReached(row)) yield 'a fallback to an address that the order does not have';
  if (outdatedAt !== undefined && outdatedAt < requestedAt - commitMs) yield 'a fallback of an outdated notification';
  yield* tooEarly(row, requestedAt, evidence);
}

/** What speaks against a fallback at this time (epoch milliseconds), by what was known of its notification. */
function* tooEarly<Row extends FallbackRow>(
  row: Row,
  requestedAt: number,
  { events, afterMs, skewMs, commitMs }: FallbackEvidence<Row>,
): Iterable<FallbackFinding<Row>['what']> {
  const { status, resolutions } = row.notification;
  const own = events.get(nameOf(row.tenant, row.notificationId)) ?? [];
  const has = (types: readonly string[], until: number): boolean =>
    own.some(({ type, at }) => types.includes(type) && Date.parse(at) <= until);
  const isKnown = has(NOT_ARRIVED, requestedAt + skewMs);
  if (status !== 'SENT' && !isLost(row.notification)) yield 'a fallback, and the outcome is not known';
  else if (!isKnown && !has([NOTIFICATION_MESSAGE.sent], requestedAt - afterMs + skewMs))
    yield 'a fallback before it was known that the notification did not arrive';
  if (isKnown) return;
  if (has([NOTIFICATION_MESSAGE.delivered], requestedAt - commitMs))
    yield 'a fallback of a notification that was delivered';
  if (resolutions?.at(-1)?.action === 'mark-sent') yield 'a fallback of a notification that a person marked as sent';
}
