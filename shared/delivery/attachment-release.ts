import {
  type Attachment,
  type AttachmentInUse,
  checked,
  dueOf,
  isAbsentUserGone,
} from '#shared/domain/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/domain/attachment/decider.ts';
import { type Notification, needsAttachments } from '#shared/domain/notification/notification.ts';
import { notificationKey, parseNotificationId } from '#shared/domain/notification/notification-id.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, textThat } from '#shared/messaging/read.ts';
import { ATTACHMENT_RELEASED, RELEASING_MESSAGES } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { AttachmentObjects, DueAttachment, DueStore, Log, StateStore, StoredState } from '#shared/ports.ts';
import { attachmentKey } from './attachment-use.ts';

export type ReleasePorts = ExecutorPorts & {
  states: Pick<StateStore, 'read'>;
  objects: Pick<AttachmentObjects, 'remove'>;
  log: Log;
  /** Name of the function; a part of the ids under which its transitions are recorded. */
  subscriber: string;
};

/**
 * Handles one message: a notification that is done gives up its attachments, and one that nobody needs any more
 * is deleted, object first and row after, so that a crash in between deletes it once more.
 * @throws PoisonMessage if it can never be handled; NotSeenYet, StoreUnavailable, TemporarilyUnavailable to come again.
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
  detail: 'No attachment of that id belongs to that tenant.',
};

async function releaseOf(envelope: Envelope, ports: ReleasePorts): Promise<void> {
  const data = parseWith(aNotification, envelope.data, 'The message names no notification with attachments');
  const { notificationId, attachments } = data;
  const command: AttachmentCommand = { type: 'RemoveUser', notificationId };
  for (const id of attachments) await transition(attachmentKey(envelope.tenantid, id), command, envelope, ports);
  ports.log.info('Attachments released', { notificationId, attachments });
}

async function deleteAttachment(envelope: Envelope, ports: ReleasePorts): Promise<void> {
  const { attachmentId } = parseWith(anAttachment, envelope.data, 'The message names no attachment');
  const key = attachmentKey(envelope.tenantid, attachmentId);
  const stored = await ports.states.read(key);
  if (!stored) throw absent(NO_SUCH_ATTACHMENT, envelope.time, ports.clock.now());
  // The row permits to delete, not the message: that one may be old.
  if ((stored.state as Attachment).status !== 'DELETING') return;
  await ports.objects.remove({ tenant: envelope.tenantid, attachmentId });
  await transition(key, { type: 'RecordDeletion' }, envelope, ports);
  ports.log.info('Attachment deleted', { attachmentId });
}

async function transition(
  key: Subject,
  command: AttachmentCommand,
  { id, correlationid, traceparent }: Envelope,
  ports: ReleasePorts,
): Promise<void> {
  const metadata: Metadata = {
    correlationId: correlationid,
    causationId: id,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const commandId = messageCommandId(ports.subscriber, id);
  await executeOnce({ decider: attachmentDecider, key, commandId, fingerprint: commandId, command, metadata }, ports);
}

export type WakeAttachmentPorts = ExecutorPorts & {
  states: Pick<StateStore, 'read' | 'replace'>;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
};

/** Id under which the transitions that time brings are recorded. */
const WAKER = 'wake-due';
/** Pause before a row that could not be woken is looked at again. */
const RETRY_MS = 60_000;

/**
 * Wakes attachments whose moment has come: nobody named them in time, nobody deleted them, or their users have to be
 * checked.
 */
export function attachmentWaker(ports: WakeAttachmentPorts): Waker<DueAttachment> {
  const wakeOne = ({ key }: DueAttachment): Promise<void> =>
    withLogFields({ attachmentId: key.id }, () => wake(key, ports).catch((error) => stepBack(key, error, ports)));
  return async (rows) => void (await Promise.all(rows.map(wakeOne)));
}

async function wake(key: Subject, ports: WakeAttachmentPorts): Promise<void> {
  const stored = await ports.states.read(key);
  if (!stored) return;
  const attachment = stored.state as Attachment;
  addLogFields({ correlationId: attachment.correlationId });
  if (attachment.status === 'IN_USE') return checkUsers({ key, stored, attachment }, ports);
  await transitionOnWaking({ key, stored, attachment }, { type: 'Wake' }, ports);
  ports.log.info('Attachment woken', { status: attachment.status });
}

type Woken<State extends Attachment = Attachment> = { key: Subject; stored: StoredState; attachment: State };

async function transitionOnWaking(
  { key, stored, attachment: { correlationId } }: Woken,
  command: AttachmentCommand,
  ports: WakeAttachmentPorts,
): Promise<void> {
  const commandId = messageCommandId(WAKER, `${key.id}#${stored.version}#${command.type}`);
  const metadata = { correlationId, causationId: key.id };
  await executeOnce(
    { decider: attachmentDecider, key, commandId, fingerprint: commandId, command, metadata, assume: stored },
    ports,
  );
}

/**
 * Asks the rows of its users whether they need the attachment: the message that one of them is done may have been given
 * up. Whether one is done does not change any more, so what is found is true whatever happens in the meantime.
 */
async function checkUsers(woken: Woken<AttachmentInUse>, ports: WakeAttachmentPorts): Promise<void> {
  const { key, stored, attachment } = woken;
  const now = ports.clock.now();
  // The index may be behind: only what the row itself says counts.
  if ((stored.due?.at ?? Number.POSITIVE_INFINITY) > now) return;
  const notificationIds = await doneUsers(key.tenant, attachment, ports);
  ports.log.info('Users of an attachment checked', {
    users: attachment.users.length,
    removed: notificationIds.length,
  });
  if (notificationIds.length > 0) return transitionOnWaking(woken, { type: 'RemoveUsers', notificationIds }, ports);
  const next = checked(attachment, now);
  // A refused condition says that it was changed meanwhile: it is still due, and the next round looks again.
  await ports.states.replace(key, stored.version, {
    ...stored,
    version: stored.version + 1,
    state: next,
    due: dueOf(next),
  });
}

/** Users that are asked side by side. */
const ASKED_AT_ONCE = 20;

async function doneUsers(tenant: string, attachment: AttachmentInUse, ports: WakeAttachmentPorts): Promise<string[]> {
  const isGone = isAbsentUserGone(attachment, ports.clock.now());
  const done: string[] = [];
  for (let at = 0; at < attachment.users.length; at += ASKED_AT_ONCE) {
    const asked = attachment.users.slice(at, at + ASKED_AT_ONCE);
    const answers = await Promise.all(asked.map((user) => isDone(tenant, user, isGone, ports)));
    done.push(...asked.filter((_, index) => answers[index]));
  }
  return done;
}

async function isDone(
  tenant: string,
  notificationId: string,
  isAbsentGone: boolean,
  { states }: WakeAttachmentPorts,
): Promise<boolean> {
  const key = notificationKey(tenant, notificationId);
  try {
    const stored = key && (await states.read(key));
    return stored ? !needsAttachments(stored.state as Notification) : isAbsentGone;
  } catch (error) {
    // What a newer release wrote may need it; the others are checked all the same.
    if (error instanceof NewerVersion) return false;
    throw error;
  }
}

/** One row's failure is no other row's: it steps back, so that it never stands before a fresh one. */
async function stepBack(key: Subject, error: unknown, { due, clock, log }: WakeAttachmentPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Attachment of a newer version left to a newer release');
  else log.error('Attachment not woken', { error });
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Due time not moved', { error: failure });
  });
}
