import { absent } from '#shared/messaging/absence.ts';
import { type Envelope, handledIdOf } from '#shared/messaging/envelope.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, textThat } from '#shared/messaging/read.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import { ATTACHMENT_RELEASED, RELEASING_MESSAGES } from '#shared/names.ts';
import { type Notification, needsAttachments } from '#shared/notification/notification.ts';
import { notificationKey, parseNotificationId } from '#shared/notification/notification-id.ts';
import type { DueState } from '#shared/once/due.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Waker } from '#shared/once/wake.ts';
import { type Attachment, type AttachmentInUse, checked, dueOf, isAbsentUserGone } from './attachment.ts';
import { type AttachmentCommand, attachmentDecider } from './decider.ts';
import type { AttachmentObjects } from './ports.ts';
import { attachmentKey } from './use.ts';

export type ReleasePorts = ExecutorPorts & {
  attachments: Pick<StateStore<Attachment>, 'read'>;
  objects: Pick<AttachmentObjects, 'remove'>;
  log: Log;
  /** Name of the function; a part of the ids under which its transitions are recorded. */
  subscriber: string;
};

/**
 * Handles one message. A notification that is done releases its attachments. An attachment without users is deleted:
 * first the object, then the row, so that after a crash in between the deletion is repeated.
 * @throws PoisonMessage if it can never be handled; NotSeenYet, StoreUnavailable, TemporarilyUnavailable to retry it.
 */
export async function handleRelease(body: string, ports: ReleasePorts): Promise<void> {
  const envelope = parseEnvelope(body);
  if (envelope.type === ATTACHMENT_RELEASED) return deleteAttachment(envelope, ports);
  if (RELEASING_MESSAGES.includes(envelope.type)) return releaseOf(envelope, ports);
  throw new PoisonMessage(
    'UNKNOWN_TYPE',
    'This subscriber handles notifications that are done, and released attachments.',
  );
}

const attachmentId = textThat('attachment id', (id) => /^[a-z2-7]{26}$/.test(id));
const aNotification = object({
  notificationId: textThat('notification id', (id) => parseNotificationId(id) !== undefined),
  attachments: listOf(attachmentId),
});
const anAttachment = object({ attachmentId });
const NO_SUCH_ATTACHMENT = {
  reason: 'NO_SUCH_ATTACHMENT',
  detail: 'The tenant has no attachment with this id.',
};

async function releaseOf(envelope: Envelope, ports: ReleasePorts): Promise<void> {
  const data = parseWith(aNotification, envelope.data, 'The message does not name a notification with attachments');
  const { notificationId, attachments } = data;
  const command: AttachmentCommand = { type: 'RemoveUser', notificationId };
  for (const id of attachments) await transition(attachmentKey(envelope.tenantid, id), command, envelope, ports);
  ports.log.info('Attachments released', { notificationId, attachments });
}

async function deleteAttachment(envelope: Envelope, ports: ReleasePorts): Promise<void> {
  const { attachmentId } = parseWith(anAttachment, envelope.data, 'The message does not name an attachment');
  const key = attachmentKey(envelope.tenantid, attachmentId);
  const stored = await ports.attachments.read(key);
  if (!stored) throw absent(NO_SUCH_ATTACHMENT, envelope.time, ports.clock.now());
  // The row decides whether to delete, because the message may be old.
  if (stored.state.status !== 'DELETING') return;
  await ports.objects.remove({ tenant: envelope.tenantid, attachmentId });
  await transition(key, { type: 'RecordDeletion' }, envelope, ports);
  ports.log.info('Attachment deleted', { attachmentId });
}

async function transition(
  key: Subject,
  command: AttachmentCommand,
  envelope: Envelope,
  ports: ReleasePorts,
): Promise<void> {
  const { id, correlationid, traceparent } = envelope;
  const metadata: Metadata = {
    correlationId: correlationid,
    causationId: id,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const cause = { subscriber: ports.subscriber, transitionId: handledIdOf(envelope), metadata };
  await executeTransition({ decider: attachmentDecider, key, command }, cause, ports);
}

export type WakeAttachmentPorts = ExecutorPorts & {
  attachments: Pick<StateStore<Attachment>, 'read' | 'replace'>;
  notifications: Pick<StateStore<Notification>, 'read'>;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
};

/** Id under which transitions at a due time are recorded. */
const WAKER = 'wake-due';
/** Delay before a row that could not be processed is read again. */
const RETRY_MS = 60_000;

/**
 * Processes attachments that are due: no message used them in time, their deletion is not completed, or their users
 * have to be checked.
 */
export function attachmentWaker(ports: WakeAttachmentPorts): Waker<DueState<Subject>> {
  const wakeOne = ({ key }: DueState<Subject>): Promise<void> =>
    withLogFields({ attachmentId: key.id }, () => wake(key, ports).catch((error) => postpone(key, error, ports)));
  return async (rows) => void (await Promise.all(rows.map(wakeOne)));
}

async function wake(key: Subject, ports: WakeAttachmentPorts): Promise<void> {
  const stored = await ports.attachments.read(key);
  if (!stored) return;
  const attachment = stored.state;
  addLogFields({ correlationId: attachment.correlationId });
  if (attachment.status === 'IN_USE') return checkUsers({ key, stored, attachment }, ports);
  await transitionOnWaking({ key, stored, attachment }, { type: 'Wake' }, ports);
  ports.log.info('Attachment woken', { status: attachment.status });
}

type Woken<State extends Attachment = Attachment> = {
  key: Subject;
  stored: StoredState<Attachment>;
  attachment: State;
};

async function transitionOnWaking(
  { key, stored, attachment: { correlationId } }: Woken,
  command: AttachmentCommand,
  ports: WakeAttachmentPorts,
): Promise<void> {
  await executeTransition(
    { decider: attachmentDecider, key, command, assume: stored },
    {
      subscriber: WAKER,
      transitionId: `${key.id}#${stored.version}#${command.type}`,
      metadata: { correlationId, causationId: key.id },
    },
    ports,
  );
}

/**
 * Reads the rows of the attachment's users and removes those that are done, because the message that reports it may
 * have been given up. A user that is done stays done, so the result is correct even if a row changes in the meantime.
 */
async function checkUsers(woken: Woken<AttachmentInUse>, ports: WakeAttachmentPorts): Promise<void> {
  const { key, stored, attachment } = woken;
  const now = ports.clock.now();
  // The index may be stale: only the row's own due time counts.
  if ((stored.due?.at ?? Number.POSITIVE_INFINITY) > now) return;
  const notificationIds = await doneUsers(key.tenant, attachment, ports);
  ports.log.info('Users of an attachment checked', {
    users: attachment.users.length,
    removed: notificationIds.length,
  });
  if (notificationIds.length > 0) return transitionOnWaking(woken, { type: 'RemoveUsers', notificationIds }, ports);
  const next = checked(attachment, now);
  // If the condition is refused, the row was changed in the meantime. It is still due, so the next round checks again.
  await ports.attachments.replace(key, stored.version, nextVersion(stored, next, dueOf(next)));
}

/** Users whose rows are read concurrently. */
const READS_AT_ONCE = 20;

async function doneUsers(tenant: string, attachment: AttachmentInUse, ports: WakeAttachmentPorts): Promise<string[]> {
  const isGone = isAbsentUserGone(attachment, ports.clock.now());
  const done: string[] = [];
  for (let at = 0; at < attachment.users.length; at += READS_AT_ONCE) {
    const batch = attachment.users.slice(at, at + READS_AT_ONCE);
    const areDone = await Promise.all(batch.map((user) => isDone(tenant, user, isGone, ports)));
    done.push(...batch.filter((_, index) => areDone[index]));
  }
  return done;
}

async function isDone(
  tenant: string,
  notificationId: string,
  isAbsentGone: boolean,
  { notifications }: WakeAttachmentPorts,
): Promise<boolean> {
  const key = notificationKey(tenant, notificationId);
  try {
    const stored = key && (await notifications.read(key));
    return stored ? !needsAttachments(stored.state) : isAbsentGone;
  } catch (error) {
    // A row of a newer release may need the attachment. The other users are still checked.
    if (error instanceof NewerVersion) return false;
    throw error;
  }
}

/** A row that fails does not affect the others: it is postponed, so that it does not come before fresh rows. */
async function postpone(key: Subject, error: unknown, { due, clock, log }: WakeAttachmentPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Attachment of a newer version left to a newer release');
  else log.error('Attachment not woken', { error });
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}
