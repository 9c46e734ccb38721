import { createHash } from 'node:crypto';
import { ATTACHMENT, ATTACHMENT_DUE, type Attachment } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import type { AttachmentObjects } from '#shared/attachment/ports.ts';
import { attachmentWaker, handleRelease, type ReleasePorts } from '#shared/attachment/release.ts';
import { attachmentKey, useAttachments } from '#shared/attachment/use.ts';
import type { Decider } from '#shared/messaging/decider.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { FUNCTION } from '#shared/names.ts';
import type { AttachedFile } from '#shared/notification/content.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { type NotificationTerms, requestNotification } from '#shared/notification/request.ts';
import { type Executed, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { wakeLoop } from '#shared/once/wake.ts';
import { TERMS } from '../requested.ts';
import { createWorld } from './world.ts';

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

/** Attachments that are woken in one go. */
const MOST_WOKEN = 10;

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

/** A world with what `release-attachments` and a sender with attachments need. */
export function attachmentWorld() {
  const world = createWorld({ ports: { settings: { outboxGraceMs: 60_000, budgetMs: 5000 } } });
  const { store, objects, messages } = world;
  const attachments = store.statesOf(ATTACHMENT);
  const ports = {
    ...world.ports(),
    states: attachments,
    attachments,
    notifications: store,
    objects,
    due: store,
    subscriber: FUNCTION.releaseAttachments,
  } satisfies SendPorts & ReleasePorts & Parameters<typeof attachmentWaker>[0];
  return {
    ...world,
    ports,
    /** Declares an attachment and uploads its bytes. @returns its id. */
    async upload(name: string, bytes: Uint8Array, tenant = 'acme'): Promise<string> {
      const id = attachmentId(name);
      await declare(ports, { tenant, id, file: fileOf(bytes) });
      objects.put({ tenant, attachmentId: id }, bytes);
      return id;
    },
    /** @throws Error if there is no such attachment. */
    async attachment(id: string): Promise<Attachment> {
      const stored = await attachments.read(attachmentKey('acme', id));
      if (!stored) throw new Error(`There is no attachment ${id}.`);
      return stored.state;
    },
    /** What `wake-due` does with the attachments that are due. @returns how many there were. */
    async wakeDue(over: Partial<Parameters<typeof attachmentWaker>[0]> = {}): Promise<number> {
      const { wake } = wakeLoop(ATTACHMENT_DUE, attachmentWaker({ ...ports, ...over }));
      return (await wake(store, world.clock.now(), MOST_WOKEN)).length;
    },
    /** Handles every message that is in the outbox, of these types; as often as there is one. */
    async deliver(types: readonly string[]): Promise<void> {
      const handled = new Set<string>();
      while (true) {
        const next = messages().find((text) => types.includes(JSON.parse(text).type) && !handled.has(text));
        if (next === undefined) return;
        handled.add(next);
        await handleRelease(next, ports);
      }
    },
  };
}
