import { type HttpEvent, jsonResponse, type Reply } from '#shared/http/event.ts';
import { QUERY_FAULTS } from '#shared/http/input/fault-texts.ts';
import { parseQuery, refuseFaults } from '#shared/http/query-parameters.ts';
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
};

/** Entries of the index that one answer examines. */
const MOST_EXAMINED = 100;

const KIND = { PENDING: NOTIFICATION_DUE, UNKNOWN: UNKNOWN_DUE, HELD: HELD_DUE } as const;

/**
 * Notifications of all tenants that are not finished, for operators: ids, times and codes. They are in the index of due
 * rows already, so the list costs a query of eight shards. Each row is read as well, because the index may be stale.
 */
export async function listUnfinishedNotifications(
  event: HttpEvent,
  { store, dueNotifications }: UnfinishedPorts,
): Promise<Reply> {
  const { query, faults } = parseQuery(event, unfinishedQuerySchema, QUERY_FAULTS);
  if (faults) refuseFaults(faults);
  const { status } = query;
  const entries = await dueNotifications.due(KIND[status], Number.MAX_SAFE_INTEGER, MOST_EXAMINED + 1);
  const read = await Promise.all(
    entries.slice(0, MOST_EXAMINED).map(async ({ key, dueAt }) => {
      const stored = await store.read(key);
      return stored?.state.status === status ? [viewOf(key, status, stored.state, dueAt)] : [];
    }),
  );
  const answer: UnfinishedNotifications = {
    notifications: read.flat(),
    isComplete: entries.length <= MOST_EXAMINED,
  };
  return jsonResponse(JSON.stringify(answer));
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
