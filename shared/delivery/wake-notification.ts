import { type NotificationCommand, notificationDecider } from '#shared/domain/notification/decider.ts';
import { dueAtOf, type Notification, postponed } from '#shared/domain/notification/notification.ts';
import { requestMessage } from '#shared/domain/notification/request.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { envelopesFor } from '#shared/once/envelopes.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { publicationOf } from '#shared/once/publish.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { Log, NotificationStore, Publisher, StoredState } from '#shared/ports.ts';

export type WakeNotificationPorts = ExecutorPorts & {
  notifications: NotificationStore;
  publisher: Publisher;
  log: Log;
  /** How long an outcome that a lost lease left unknown waits for evidence. */
  unknownDeadlineMs: number;
};

/** Id under which the transitions that time brings are recorded. */
const SUBSCRIBER = 'wake-due';

type NotificationKey = StateKey & { notificationId: string };

/** Wakes notifications whose moment has come: unclaimed, released until now, lease over, or unknown for too long. */
export function notificationWaker(ports: WakeNotificationPorts): Waker<'notification'> {
  return async (rows) => {
    await Promise.all(rows.map(({ key }) => wake(key, ports).catch((error) => reportFailure(key, error, ports.log))));
  };
}

/** One row's failure is no other row's: it is still due, and the next round finds it. */
function reportFailure({ notificationId }: NotificationKey, error: unknown, log: Log): void {
  log.error('Notification not woken', { notificationId, error });
}

async function wake(key: NotificationKey, ports: WakeNotificationPorts): Promise<void> {
  const stored = await ports.notifications.read(key);
  const notification = stored?.state as Notification | undefined;
  if (!stored || !notification) return;
  const now = ports.clock.now();
  // The index may be behind: only what the row itself says counts.
  if ((dueAtOf(notification) ?? Number.POSITIVE_INFINITY) > now) return;
  switch (notification.status) {
    case 'PENDING':
      return announceAgain(key, stored, notification, ports);
    case 'SENDING':
      return transition(key, stored, { type: 'ExpireLease', deadline: now + ports.unknownDeadlineMs }, ports);
    case 'UNKNOWN':
      return transition(key, stored, { type: 'Hold', reason: 'NO_EVIDENCE' }, ports);
    case 'SENT':
    case 'FAILED':
    case 'HELD':
      return;
    default:
      return notification satisfies never;
  }
}

/** Announced first and postponed after: a crash in between announces twice, and the claim lets one through. */
async function announceAgain(
  key: NotificationKey,
  stored: StoredState,
  notification: Notification,
  ports: WakeNotificationPorts,
): Promise<void> {
  const { clock, publisher, notifications, log, settings } = ports;
  const now = clock.now();
  const [envelope] = envelopesFor([requestMessage(key.notificationId, notification.channel)], {
    key,
    commandId: messageCommandId(SUBSCRIBER, `${key.notificationId}#${stored.version}#announce`),
    version: stored.version,
    now,
    metadata: { correlationId: notification.correlationId, causationId: key.notificationId },
  });
  const failures = await publisher.publishBatch([publicationOf(JSON.stringify(envelope), '0')]);
  if (failures.length > 0)
    log.warn('Notification not announced', { notificationId: key.notificationId, reason: failures[0]?.reason });
  const next = postponed(notification, now + settings.firstClaimMs);
  await notifications.replace(key, stored.version, {
    ...stored,
    version: stored.version + 1,
    state: next,
    dueAt: dueAtOf(next),
  });
}

async function transition(
  key: NotificationKey,
  stored: StoredState,
  command: NotificationCommand,
  ports: WakeNotificationPorts,
): Promise<void> {
  const { correlationId, attempts } = stored.state as Notification;
  const commandId = messageCommandId(
    SUBSCRIBER,
    `${key.notificationId}#${attempts.at(-1)?.nonce ?? ''}#${command.type}`,
  );
  const metadata = { correlationId, causationId: key.notificationId };
  await executeOnce(
    { decider: notificationDecider, key, commandId, fingerprint: commandId, command, metadata, assume: stored },
    ports,
  );
  ports.log.info('Notification settled', { notificationId: key.notificationId, command: command.type });
}
