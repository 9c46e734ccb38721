import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import { dueOf, type Notification, recheckedAt, reminded } from '#shared/notification/notification.ts';
import type { NotificationKey, NotificationStore } from '#shared/notification/ports.ts';
import { requestMessage } from '#shared/notification/request.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import type { DueState } from '#shared/once/due.ts';
import { envelopesFor } from '#shared/once/envelopes.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, Publisher } from '#shared/once/ports.ts';
import { publicationOf } from '#shared/once/publish.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { FeedKeeper } from './feed-keeper.ts';
import { type OnUnknown, type SettleSettings, settle } from './settle.ts';

/** The parts of a channel's event feed that settling needs. */
export type FeedWatch = {
  keeper: FeedKeeper;
  /** Whether the feed has no message in a queue or in flight, and no dead letter since `since` (epoch milliseconds). */
  isDrained(since: number): Promise<boolean>;
  /** Sends a message without a real recipient. Its event shows whether the feed moves. */
  probe(): Promise<void>;
};

export type WakeNotificationPorts = ExecutorPorts & {
  notifications: NotificationStore;
  publisher: Publisher;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
  /** How long a notification may stay unclaimed before it is announced again. */
  firstClaimMs: number;
  /** How long an outcome that is unknown because of an expired lease waits for evidence. */
  unknownDeadlineMs: number;
  settling: Omit<SettleSettings, 'onUnknown'> & { onUnknown(channel: Channel, purpose: string): OnUnknown };
  /** Channels whose provider reports what it accepted. */
  feeds: Partial<Record<Channel, FeedWatch>>;
};

/** Id under which transitions at a due time are recorded. */
const SUBSCRIBER = 'wake-due';

/** `nonce`: of the last attempt, which is the one to settle; empty if there was none. */
type Woken = { key: NotificationKey; stored: StoredState<Notification>; notification: Notification; nonce: string };

/** Processes notifications that are due: unclaimed, released until now, lease expired, or unknown for too long. */
export function notificationWaker(ports: WakeNotificationPorts): Waker<DueState<NotificationKey>> {
  return async (rows) => {
    const wakeOne = ({ key }: DueState<NotificationKey>): Promise<void> =>
      withLogFields({ notificationId: key.notificationId }, () =>
        wake(key, ports).catch((error) => postpone(key, error, ports)),
      );
    await Promise.all(rows.map(wakeOne));
  };
}

/** Delay before a row that could not be processed is read again. */
const RETRY_MS = 60_000;

/** A row that fails does not affect the others: it is postponed, so that it does not come before fresh rows. */
async function postpone(
  key: NotificationKey,
  error: unknown,
  { due, clock, log }: WakeNotificationPorts,
): Promise<void> {
  if (error instanceof NewerVersion) {
    log.warn('Notification of a newer version left to a newer release');
  } else {
    log.error('Notification not woken', { error });
  }
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}

async function wake(key: NotificationKey, ports: WakeNotificationPorts): Promise<void> {
  const stored = await ports.notifications.read(key);
  const notification = stored?.state;
  if (!stored || !notification) return;
  addLogFields({ correlationId: notification.correlationId });
  const now = ports.clock.now();
  // The index may be stale: only the row's own due time counts.
  if (dueOf(notification) !== undefined && (stored.due?.at ?? Number.POSITIVE_INFINITY) > now) return;
  const nonce = notification.attempts.at(-1)?.nonce ?? '';
  const woken = { key, stored, notification, nonce };
  switch (notification.status) {
    case 'PENDING':
      return announceAgain(woken, ports);
    case 'SENDING':
      return transition(woken, { type: 'ExpireLease', nonce, deadline: now + ports.unknownDeadlineMs }, ports);
    case 'UNKNOWN':
      return settleUnknown(woken, ports);
    case 'SENT':
    case 'FAILED':
    case 'HELD':
    case 'SUPPRESSED':
    case 'CANCELLED':
      return;
    default:
      throw new TypeError(
        `A status that this version does not know: ${Reflect.get(notification satisfies never, 'status')}`,
      );
  }
}

/** Announces first and postpones afterwards. After a crash in between it is announced twice, but claimed only once. */
async function announceAgain(woken: Woken, ports: WakeNotificationPorts): Promise<void> {
  const { key, stored, notification } = woken;
  const now = ports.clock.now();
  const [envelope] = envelopesFor([requestMessage(key.notificationId, notification.channel)], {
    key,
    commandId: messageCommandId(SUBSCRIBER, `${key.notificationId}#${stored.version}#announce`),
    version: stored.version,
    // Taken from the row, like the rest of the envelope, so that a repeated announcement has the same bytes.
    now: notification.status === 'PENDING' ? notification.dueAt : now,
    metadata: { correlationId: notification.correlationId, causationId: key.notificationId },
  });
  const failures = await ports.publisher.publishBatch([publicationOf(JSON.stringify(envelope), '0')]);
  const [failure] = failures;
  if (failure) {
    // No sender was reminded, so the next try must not come later than usual.
    ports.log.warn('Notification not announced', { reason: failure.reason });
    return ports.due.postponeDue(key, now + Math.min(ports.firstClaimMs, RETRY_MS));
  }
  ports.log.info('Notification announced again');
  await replace(woken, reminded(notification, now, ports.firstClaimMs), ports);
}

/**
 * Settles an unknown outcome. The row is read before the event feed: evidence that arrives in between changes the row's
 * version, so our write is refused.
 */
async function settleUnknown(woken: Woken, ports: WakeNotificationPorts): Promise<void> {
  const { notification, nonce } = woken;
  const { onUnknown, ...times } = ports.settling;
  const watch = ports.feeds[notification.channel];
  const policy = onUnknown(notification.channel, notification.purpose);
  const settings = { ...times, onUnknown: watch || policy === 'repeat' ? policy : 'hold' };
  const feed = watch ? await watch.keeper.read() : {};
  const now = ports.clock.now();
  const judge = (feedDrained: boolean) => settle(notification, { now, feed, feedDrained }, settings);
  // Query the queues only if their state decides the verdict, and after reading the watermark.
  const optimistic = judge(true);
  const verdict =
    optimistic.kind === 'resend' && policy !== 'repeat' && !(await isDrained(notification, watch, ports.log))
      ? judge(false)
      : optimistic;
  switch (verdict.kind) {
    case 'resend':
      return transition(woken, { type: 'AuthoriseResend', nonce, dueAt: now + ports.firstClaimMs }, ports);
    case 'hold':
      return transition(woken, { type: 'Hold', nonce, reason: verdict.reason }, ports);
    case 'wait':
      if (verdict.probe && watch && (await watch.keeper.reserveProbe(now, now - times.marginMs))) await watch.probe();
      return replace(woken, recheckedAt(notification, verdict.until, verdict.feedMovedAt), ports);
    default:
      return verdict satisfies never;
  }
}

/** Evidence about this notification cannot be in a dead letter from before its first claim. On an error: false. */
async function isDrained(
  { attempts, createdAt }: Notification,
  watch: FeedWatch | undefined,
  log: Log,
): Promise<boolean> {
  try {
    return (await watch?.isDrained(Date.parse(attempts[0]?.claimedAt ?? createdAt))) ?? false;
  } catch (error) {
    log.error('Feed not checked', { error });
    return false;
  }
}

/** If the condition is refused, the row was changed in the meantime, and that change has set its next due time. */
async function replace({ key, stored }: Woken, next: Notification, ports: WakeNotificationPorts): Promise<void> {
  await ports.notifications.replace(key, stored.version, nextVersion(stored, next, dueOf(next)));
}

async function transition(
  { key, stored, notification, nonce }: Woken,
  command: NotificationCommand,
  ports: WakeNotificationPorts,
): Promise<void> {
  const { correlationId } = notification;
  await executeTransition(
    { decider: notificationDecider, key, command, assume: stored },
    {
      subscriber: SUBSCRIBER,
      transitionId: `${key.notificationId}#${nonce}#${command.type}`,
      metadata: { correlationId, causationId: key.notificationId },
    },
    ports,
  );
  ports.log.info('Notification changed', { command: command.type });
}
