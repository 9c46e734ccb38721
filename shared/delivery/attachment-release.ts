import type { Attachment } from '#shared/domain/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/domain/attachment/decider.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseNotificationId, type Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, textThat } from '#shared/messaging/read.ts';
import { ATTACHMENT_RELEASED, RELEASING_MESSAGES } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import type { Metadata } from '#shared/once/envelopes.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { AttachmentObjects, DueAttachment, DueStore, Log, StateStore } from '#shared/ports.ts';
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
  states: Pick<StateStore, 'read'>;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
};

/** Id under which the transitions that time brings are recorded. */
const WAKER = 'wake-due';
/** Pause before a row that could not be woken is looked at again. */
const RETRY_MS = 60_000;

/** Wakes attachments whose moment has come: nobody named them in time, or nobody deleted them. */
export function attachmentWaker(ports: WakeAttachmentPorts): Waker<DueAttachment> {
  const wakeOne = ({ key }: DueAttachment): Promise<void> =>
    withLogFields({ attachmentId: key.id }, () => wake(key, ports).catch((error) => stepBack(key, error, ports)));
  return async (rows) => void (await Promise.all(rows.map(wakeOne)));
}

async function wake(key: Subject, ports: WakeAttachmentPorts): Promise<void> {
  const stored = await ports.states.read(key);
  if (!stored) return;
  const { correlationId, status } = stored.state as Attachment;
  addLogFields({ correlationId });
  const commandId = messageCommandId(WAKER, `${key.id}#${stored.version}#Wake`);
  await executeOnce(
    {
      decider: attachmentDecider,
      key,
      commandId,
      fingerprint: commandId,
      command: { type: 'Wake' },
      metadata: { correlationId, causationId: key.id },
      assume: stored,
    },
    ports,
  );
  ports.log.info('Attachment woken', { status });
}

/** One row's failure is no other row's: it steps back, so that it never stands before a fresh one. */
async function stepBack(key: Subject, error: unknown, { due, clock, log }: WakeAttachmentPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Attachment of a newer version left to a newer release');
  else log.error('Attachment not woken', { error });
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Due time not moved', { error: failure });
  });
}
