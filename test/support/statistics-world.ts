import type { Fault } from '#shared/messaging/failure.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { markForCount, SETTLING_MS, statisticsWaker } from '#shared/statistics/projection.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { statisticsPorts } from '#test/support/world/statistics.ts';
import { createWorld } from '#test/support/world/world.ts';

export const START = Date.UTC(2026, 0, 1);
/** ISO 8601, after the start. */
export const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** A notification that was created, and sent after `tookSeconds`. */
export const sent = (createdSeconds: number, tookSeconds: number, more: Partial<Notification> = {}): Notification => ({
  channel: 'email',
  purpose: 'order-confirmation',
  createdAt: at(createdSeconds),
  correlationId: 'c',
  attempts: [
    { nonce: 'n', claimedAt: at(createdSeconds), outcome: 'accepted', settledAt: at(createdSeconds + tookSeconds) },
  ],
  recipients: ['r'],
  status: 'SENT',
  sentAt: at(createdSeconds + tookSeconds),
  ...(more as object),
});

/** The projection over stores in memory. */
export function statisticsWorld() {
  const world = createWorld();
  const { store, statistics, clock, log, keep } = world;
  const ports = statisticsPorts(world);
  const waker = statisticsWaker(ports);
  const put = (notification: Notification, tenant?: string): Promise<NotificationKey> =>
    keep(notification, { ...(tenant !== undefined && { tenant }) });
  const tell = ({ tenant, notificationId }: { tenant: string; notificationId: string }) =>
    markForCount(messageAbout(tenant, notificationId), ports);
  /** Counts whatever is due until nothing is. */
  const count = async (): Promise<number> => {
    let minutes = 0;
    while (statistics.dueMinutes().length > 0) {
      clock.advance(SETTLING_MS);
      const due = statistics.dueMinutes().filter((row) => row.dueAt <= clock.now());
      minutes += due.length;
      await waker(due);
    }
    return minutes;
  };
  const get = async (parameters: Record<string, string> = { from: at(0), to: at(86_400) }, tenant = 'acme') => {
    const event = httpEvent({ routeKey: 'GET /notifications/statistics', tenant });
    const response = await world.queries({ ...event, queryStringParameters: parameters });
    return { statusCode: response.statusCode, body: bodyOf<Answer>(response) };
  };
  return { store, statistics, clock, log, ports, change: world.change, put, tell, count, get };
}

export type Answer = { hours: { hour: string; created: number }[]; total: Record<string, unknown>; errors?: Fault[] };

/** A message about the notification. Its type does not matter. */
export const messageAbout = (tenantid: string, notificationId: string): string =>
  envelopeText({ tenantid, time: at(0), data: { notificationId, channel: 'email' } });
