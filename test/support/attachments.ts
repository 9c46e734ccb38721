import { createHash } from 'node:crypto';
import { memoryAttachments } from '#shared/adapters/memory/memory-attachments.ts';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { ATTACHMENT, type Attachment } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import type { AttachmentObjects } from '#shared/attachment/ports.ts';
import { handleRelease, type ReleasePorts } from '#shared/attachment/release.ts';
import { attachmentKey, useAttachments } from '#shared/attachment/use.ts';
import type { Decider } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { AttachedFile } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationIdOf, notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { type NotificationTerms, requestNotification } from '#shared/notification/request.ts';
import { type Executed, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { countedRandomness, manualClock, memoryLog } from './ports.ts';
import { TERMS } from './requested.ts';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const fileOf = (bytes: Uint8Array, name = 'invoice.pdf') => ({
  name,
  contentType: 'application/pdf',
  size: bytes.length,
  sha256: sha256Of(bytes),
});

/** An id as `POST /attachments` makes them. */
export const attachmentId = (name: string): string =>
  name
    .replaceAll(/[^a-z2-7]/g, 'a')
    .padEnd(26, 'a')
    .slice(0, 26);

export const USABLE_MS = 7 * 86_400_000;

/** Declares an attachment as `POST /attachments` does. */
export async function declare(
  ports: ExecutorPorts,
  { tenant, id, file }: { tenant: string; id: string; file: ReturnType<typeof fileOf> },
): Promise<Executed> {
  const command: AttachmentCommand = { type: 'Declare', file, correlationId: 'correlation', usableMs: USABLE_MS };
  const commandId = `http#declare-${id}`;
  const metadata = { correlationId: 'correlation', causationId: commandId };
  const key = attachmentKey(tenant, id);
  return executeOnce({ decider: attachmentDecider, key, commandId, fingerprint: 'file', command, metadata }, ports);
}

type Sending = { attachments: readonly AttachedFile[] };

/** A message that asks for one e-mail, as far as attachments need one: the least that the executor takes. */
const messageDecider: Decider<Sending, Sending, Sending, NotificationTerms> = {
  shape: shapeOf('order'),
  decide: (command) => ({ kind: 'accepted', events: [command] }),
  evolve: (_state, event) => event,
  announce: (_events, { attachments }, context) =>
    requestNotification({
      context,
      position: 1,
      channel: 'email',
      purpose: 'direct',
      content: {
        recipients: ['ada@example.com'],
        template: 'direct',
        message: { channel: 'email', subject: 'Subject', text: 'Text', attachments },
      },
      attachments: attachments.map((attachment) => attachment.attachmentId),
    }),
  answer: () => ({}),
  due: () => undefined,
};

export type SendPorts = ExecutorPorts & {
  states: Pick<StateStore<Attachment>, 'read'>;
  objects: Pick<AttachmentObjects, 'inspect'>;
};

/** What `POST /notifications` does with the ids in its body. @throws AttachmentsRefused */
export async function sendWith(
  ports: SendPorts,
  { tenant = 'acme', id, attachmentIds }: { tenant?: string; id: string; attachmentIds: readonly string[] },
): Promise<Executed & { notificationId: string }> {
  const key = { tenant, type: 'order', id };
  const notificationId = notificationIdOf(key, 1, 1);
  const { files, related } = await useAttachments({ tenant, attachmentIds, notificationId }, ports);
  const commandId = `http#send-${id}`;
  const metadata = { correlationId: 'correlation', causationId: commandId };
  const command = { attachments: files };
  const executed = await executeOnce(
    {
      decider: messageDecider,
      key,
      commandId,
      fingerprint: id,
      command,
      terms: TERMS,
      metadata,
      assume: 'absent',
      related,
    },
    ports,
  );
  return { ...executed, notificationId };
}

/** Everything in memory. */
export function attachmentWorld() {
  const [store, objects, clock, log] = [memoryStore(), memoryAttachments(), manualClock(), memoryLog()];
  const attachments = store.statesOf(ATTACHMENT);
  const ports: SendPorts &
    ReleasePorts & { notifications: NotificationStore; attachments: StateStore<Attachment> } & {
      objects: typeof objects;
    } = {
    store,
    states: attachments,
    attachments,
    notifications: store,
    objects,
    clock,
    timer: clock,
    random: countedRandomness(),
    log,
    subscriber: 'release-attachments',
    settings: { outboxGraceMs: 60_000, budgetMs: 5000 },
  };
  const upload = async (name: string, bytes: Uint8Array, tenant = 'acme'): Promise<string> => {
    const id = attachmentId(name);
    await declare(ports, { tenant, id, file: fileOf(bytes) });
    objects.put({ tenant, attachmentId: id }, bytes);
    return id;
  };
  return {
    store,
    objects,
    clock,
    log,
    ports,
    upload,
    attachment: async (id: string): Promise<Attachment> =>
      (await attachments.read(attachmentKey('acme', id)))?.state as Attachment,
    notification: async (notificationId: string): Promise<Notification | undefined> => {
      const [type = '', id = ''] = notificationId.split('_');
      return (await store.read(notificationKeyOf({ tenant: 'acme', type, id }, notificationId)))?.state;
    },
    /** Handles every message that is in the outbox, of these types; as often as there is one. */
    deliver: async (types: readonly string[]): Promise<void> => {
      const handled = new Set<string>();
      while (true) {
        const texts = [...store.outbox.values()].flatMap(({ messages }) => messages);
        const next = texts.find((text) => types.includes(JSON.parse(text).type) && !handled.has(text));
        if (next === undefined) return;
        handled.add(next);
        await handleRelease(next, ports);
      }
    },
  };
}
