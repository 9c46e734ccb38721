import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { FALLBACK_POSITION, notificationIdOf, parseNotificationId } from '#shared/notification/notification-id.ts';
import { nameOf } from './messages.ts';

/** A notification, or the fallback of one. */
export type FallbackRow = { tenant: string; notificationId: string; notification: Notification };

export type FallbackEvidence<Row extends FallbackRow> = {
  rows: readonly Row[];
  /** Messages about notifications, by `nameOf`. `at`: ISO 8601. */
  events: ReadonlyMap<string, readonly { type: string; at: string }[]>;
  /** Whether the tenant has set fallbacks, and the order has an address on the other channel. */
  isReached(row: Row): boolean;
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
    | 'a fallback of no notification';
  row: Row;
  fallback?: Row;
};

/** After one of these, a fallback follows at once. After the sending, it follows if nothing is reported in time. */
const NOT_ARRIVED: readonly string[] = [
  NOTIFICATION_MESSAGE.failed,
  NOTIFICATION_MESSAGE.bounced,
  NOTIFICATION_MESSAGE.rejected,
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

function isLost({ status, outcomes = [] }: Notification): boolean {
  return status === 'FAILED' || (status === 'SENT' && (outcomes.includes('bounced') || outcomes.includes('rejected')));
}

function* faultsOf<Row extends FallbackRow>(
  row: Row,
  fallback: Row | undefined,
  { events, isReached, afterMs, skewMs, commitMs }: FallbackEvidence<Row>,
): Iterable<FallbackFinding<Row>['what']> {
  const { status } = row.notification;
  if (!fallback) {
    if (isLost(row.notification) && isReached(row)) yield 'it did not arrive, and has no fallback';
    return;
  }
  const requestedAt = Date.parse(fallback.notification.createdAt);
  const own = events.get(nameOf(row.tenant, row.notificationId)) ?? [];
  const has = (types: readonly string[], until: number): boolean =>
    own.some(({ type, at }) => types.includes(type) && Date.parse(at) <= until);
  const isKnown = has(NOT_ARRIVED, requestedAt + skewMs);
  if (!isReached(row)) yield 'a fallback to an address that the order does not have';
  if (status !== 'SENT' && status !== 'FAILED') yield 'a fallback, and the outcome is not known';
  else if (!isKnown && !has([NOTIFICATION_MESSAGE.sent], requestedAt - afterMs + skewMs))
    yield 'a fallback before it was known that the notification did not arrive';
  if (!isKnown && has([NOTIFICATION_MESSAGE.delivered], requestedAt - commitMs))
    yield 'a fallback of a notification that was delivered';
}
