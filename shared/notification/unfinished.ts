import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { askedPage, nextCursor } from '#shared/http/list-query.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { DueRow } from '#shared/once/due.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { HELD_DUE, NOTIFICATION_DUE, UNKNOWN_DUE } from './due.ts';
import type { Notification } from './notification.ts';
import type { NotificationKey } from './notification-id.ts';
import { type UnfinishedStatus, unfinishedQuerySchema } from './requests.ts';
import type { UnfinishedNotifications } from './responses.ts';

export type UnfinishedPorts = {
  store: Pick<StateStore<Notification>, 'read'>;
  /** Reads the index and changes nothing. */
  dueNotifications: Pick<DueStore, 'due'>;
  /** The stage's secret. It signs cursors. */
  secret: () => Promise<string>;
};

/** Entries of the index that one answer examines. */
const MOST_EXAMINED = 100;

const KIND = { PENDING: NOTIFICATION_DUE, UNKNOWN: UNKNOWN_DUE, HELD: HELD_DUE } as const;

/**
 * Notifications of all tenants that are not finished, for operators: ids, times and codes. They are in the index of due
 * rows already, so a page costs a query of eight shards. Each row is read as well, because the index may be stale.
 */
export async function listUnfinishedNotifications(event: TenantRequest, ports: UnfinishedPorts): Promise<Reply> {
  const { store, dueNotifications, secret } = ports;
  const asked = await askedPage(event, unfinishedQuerySchema, async (filters) => filters, secret);
  const { status } = asked.filters;
  const { from, skipped } = positionOf(asked.after);
  const limit = skipped + MOST_EXAMINED + 1;
  const entries = (await dueNotifications.due(KIND[status], Number.MAX_SAFE_INTEGER, limit, from)).slice(skipped);
  const examined = entries.slice(0, MOST_EXAMINED);
  const read = await Promise.all(
    examined.map(async ({ key, dueAt }) => {
      const stored = await store.read(key);
      return stored?.state.status === status ? [viewOf(key, status, stored.state, dueAt)] : [];
    }),
  );
  const isComplete = entries.length <= MOST_EXAMINED;
  const next = isComplete ? undefined : positionAfter(examined, { from, skipped });
  const answer: UnfinishedNotifications = {
    notifications: read.flat(),
    isComplete,
    ...(await nextCursor(asked, next, secret)),
  };
  return jsonResponse(JSON.stringify(answer));
}

/** Where a page begins: at this time, after so many entries with exactly this time. Many may be due at one time. */
type Position = { from: number; skipped: number };

function positionOf(cursor = '0+0'): Position {
  const [from = 0, skipped = 0] = cursor.split('+').map(Number);
  return { from, skipped };
}

function positionAfter(examined: readonly DueRow[], { from, skipped }: Position): string | undefined {
  const last = examined.at(-1)?.dueAt;
  if (last === undefined) return undefined;
  const same = examined.filter(({ dueAt }) => dueAt === last).length;
  return `${last}+${last === from ? skipped + same : same}`;
}

function viewOf(
  { tenant, notificationId }: NotificationKey,
  status: UnfinishedStatus,
  notification: Notification,
  dueAt: number,
): UnfinishedNotifications['notifications'][number] {
  const { channel, purpose, attempts } = notification;
  return {
    ...{ tenant, notificationId, channel, purpose, status },
    ...reasonOf(notification),
    dueAt: new Date(dueAt).toISOString(),
    attempts: attempts.length,
  };
}

/** Since when it waits, and why. */
function reasonOf(notification: Notification): { since: string; reason?: string } {
  switch (notification.status) {
    case 'UNKNOWN':
      return { since: notification.since, reason: notification.reason };
    case 'HELD':
      return { since: notification.heldAt, reason: notification.reason };
    case 'PENDING': {
      const { deferredSince, deferredBecause, createdAt } = notification;
      return { since: deferredSince ?? createdAt, ...(deferredBecause !== undefined && { reason: deferredBecause }) };
    }
    default:
      return { since: notification.createdAt };
  }
}
