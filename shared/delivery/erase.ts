import {
  type Erasure,
  type ErasureCommand,
  type ErasureScope,
  erasureDecider,
} from '#shared/domain/erasure/erasure.ts';
import { notificationDecider } from '#shared/domain/notification/decider.ts';
import type { Notification } from '#shared/domain/notification/notification.ts';
import { orderDecider } from '#shared/domain/order/decider.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import type { Waker } from '#shared/once/wake.ts';
import type {
  ContentStore,
  DueErasure,
  DueStore,
  Log,
  LogEntry,
  MessageLogStore,
  NotificationKey,
  NotificationStore,
  StoredState,
} from '#shared/ports.ts';

export type ErasePorts = ExecutorPorts & {
  messageLog: Pick<MessageLogStore, 'listLog' | 'readStates'>;
  notifications: Pick<NotificationStore, 'read' | 'listOf'>;
  contents: ContentStore;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
};

/** Id under which the transitions of an erasure are recorded. */
const SUBSCRIBER = 'erase';
/** Entries of the log that one page looks at, and pages that one wake handles: two read calls each. */
const PAGE_ENTRIES = 100;
const PAGES_A_WAKE = 20;
/** Most that the clocks of two environments differ: what was asked for before an erasure may be dated after it. */
const CLOCKS_DIFFER_MS = 2000;
/** Pause before an erasure that met something in its way goes on. */
const RETRY_MS = 5000;

/**
 * Goes on with the erasures whose moment has come. What it does to a notification can be done again, so its place
 * in the log is written down after what lies before it is erased.
 */
export function erasureWaker(ports: ErasePorts): Waker<DueErasure> {
  return async (rows) => {
    await Promise.all(rows.map(({ key }) => withLogFields({ erasureId: key.id }, () => goOn(key, ports))));
  };
}

async function goOn(key: Subject, ports: ErasePorts): Promise<void> {
  try {
    const stored = await ports.notifications.read(key);
    const erasure = stored?.state as Erasure | undefined;
    if (erasure?.status !== 'RUNNING' || erasure.dueAt > ports.clock.now()) return;
    const { erased, after, isEnd, isBlocked } = await erasePages(key.tenant, erasure, ports);
    const { requestedAt } = erasure;
    const dueAt = ports.clock.now() + (isBlocked ? RETRY_MS : 0);
    const command: ErasureCommand = isEnd
      ? { type: 'FinishErasure', requestedAt, erased }
      : { type: 'AdvanceErasure', requestedAt, erased, dueAt, ...(after !== undefined && { after }) };
    const commandId = messageCommandId(SUBSCRIBER, `${key.id}#${stored?.version}`);
    await execute(erasureDecider, key, commandId, command, erasure.correlationId, ports);
    ports.log.info('Personal data erased', { notifications: erased, done: isEnd });
  } catch (error) {
    ports.log.error('Erasure not carried on; it is tried again', { error });
    await ports.due.postponeDue(key, ports.clock.now() + RETRY_MS);
  }
}

type Progress = {
  erased: number;
  after: string | undefined;
  isEnd: boolean;
  /** A provider is being called for one: only after that is it known what there is to erase. */
  isBlocked: boolean;
};

async function erasePages(
  tenant: string,
  { scope, requestedAt, after }: Extract<Erasure, { status: 'RUNNING' }>,
  ports: ErasePorts,
): Promise<Progress> {
  const progress: Progress = { erased: 0, after, isEnd: false, isBlocked: false };
  const to = new Date(Date.parse(requestedAt) + CLOCKS_DIFFER_MS).toISOString();
  for (let pages = 0; pages < PAGES_A_WAKE && !progress.isEnd && !progress.isBlocked; pages += 1) {
    const range = { to, ...(progress.after !== undefined && { after: progress.after }) };
    const { entries, isLast } = await ports.messageLog.listLog(tenant, range, PAGE_ENTRIES);
    const states = await ports.messageLog.readStates(entries.map(({ key }) => key));
    await erasePage(entries, states, scope, progress, ports);
    progress.isEnd = isLast && !progress.isBlocked;
  }
  return progress;
}

async function erasePage(
  entries: readonly LogEntry[],
  states: ReadonlyMap<string, StoredState>,
  scope: ErasureScope,
  progress: Progress,
  ports: ErasePorts,
): Promise<void> {
  for (const { key, position } of entries) {
    const notification = states.get(key.notificationId)?.state as Notification | undefined;
    if (notification && isWithin(scope, notification)) {
      const count = await eraseSubject(key, scope, ports);
      if (count === undefined) {
        progress.isBlocked = true;
        return;
      }
      progress.erased += count;
    }
    progress.after = position;
  }
}

const isWithin = (scope: ErasureScope, { customerId, recipients = [] }: Notification): boolean =>
  'customerId' in scope ? customerId === scope.customerId : recipients.includes(scope.recipient);

/**
 * Erases the notification, and with an order's the order's contact and whatever else was said about it, for that
 * went to the same person. @returns how many; undefined if one of them is being sent.
 */
async function eraseSubject(key: NotificationKey, scope: ErasureScope, ports: ErasePorts): Promise<number | undefined> {
  const { notificationId: _notificationId, ...subject } = key;
  if (subject.type !== 'order') return eraseNotification(key, scope, ports);
  let erased = 0;
  for (const { notificationId } of await ports.notifications.listOf(subject)) {
    const count = await eraseNotification({ ...subject, notificationId }, undefined, ports);
    if (count === undefined) return undefined;
    erased += count;
  }
  const commandId = messageCommandId(SUBSCRIBER, `${subject.type}_${subject.id}`);
  await execute(orderDecider, subject, commandId, { type: 'EraseContact' }, 'erasure', ports);
  return erased;
}

/**
 * First the row, so that nobody sends it any more, then what it said. Of several recipients of a message only the
 * one that is meant, unless nobody else is left.
 */
async function eraseNotification(
  key: NotificationKey,
  scope: ErasureScope | undefined,
  ports: ErasePorts,
): Promise<number | undefined> {
  const stored = await ports.notifications.read(key);
  const notification = stored?.state as Notification | undefined;
  if (!stored || !notification) return 0;
  if (notification.status === 'SENDING') return undefined;
  const positions = positionsOf(notification, scope);
  // Two erasures may have read the same version, each for another recipient: neither is a repetition of the other.
  const commandId = messageCommandId(SUBSCRIBER, `${key.notificationId}#${stored.version}#${positions.join()}`);
  const { outcome } = await execute(
    notificationDecider,
    key,
    commandId,
    { type: 'Erase', positions },
    notification.correlationId,
    ports,
  );
  // It was claimed since it was read.
  if (!outcome.accepted) return undefined;
  await ports.contents.eraseContent(key, (await isAnybodyLeft(key, ports)) ? positions : 'all');
  return notification.erasedAt === undefined ? 1 : 0;
}

/** Read after the row is written: of two erasures at once, the later one sees both. */
async function isAnybodyLeft(key: NotificationKey, { notifications }: ErasePorts): Promise<boolean> {
  const { recipients = [], erased = [] } = ((await notifications.read(key))?.state ?? {}) as Partial<Notification>;
  return recipients.some((_, position) => !erased.includes(position));
}

/** Places of the recipients that are meant; all of them where a whole notification is. */
function positionsOf({ recipients = [] }: Notification, scope: ErasureScope | undefined): number[] {
  const isMeant = (recipient: string): boolean =>
    scope === undefined || 'customerId' in scope || recipient === scope.recipient;
  return recipients.flatMap((recipient, position) => (isMeant(recipient) ? [position] : []));
}

function execute<State, Command, Event>(
  decider: Parameters<typeof executeOnce<State, Command, Event>>[0]['decider'],
  key: Subject,
  commandId: string,
  command: Command,
  correlationId: string,
  ports: ErasePorts,
) {
  const metadata = { correlationId, causationId: commandId };
  return executeOnce({ decider, key, commandId, fingerprint: commandId, command, metadata }, ports);
}
