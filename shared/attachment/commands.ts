import { type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { Executed } from '#shared/once/execute.ts';
import { attachmentDecider, GONE } from './decider.ts';
import type { AttachmentUploads } from './ports.ts';
import type { DeclareAttachmentBody } from './requests.ts';
import type { AttachmentAnswer } from './responses.ts';
import { type AttachmentUsePorts, attachmentKey } from './use.ts';

export type AttachmentPorts = CommandPorts & {
  attachments: AttachmentUsePorts & {
    uploads: AttachmentUploads;
    /** The time within which an upload must begin. */
    uploadMs: number;
    /** How long an attachment can be uploaded, and referenced by messages. */
    usableMs: number;
  };
};

/**
 * Answers with the request that uploads the file: the client uploads it directly to S3. A repetition gets a new
 * signature, because signatures are not stored.
 */
export async function declareAttachment(call: Call<DeclareAttachmentBody>, ports: AttachmentPorts): Promise<Reply> {
  const { tenant, idempotencyKey, correlationId, json } = call;
  const { uploads, usableMs } = ports.attachments;
  const file = { ...json.valid, sha256: json.valid.sha256.toLowerCase() };
  const attachmentId = derivedId('attachment', tenant, idempotencyKey);
  const key = attachmentKey(tenant, attachmentId);
  const executed = await execute(
    call,
    {
      decider: attachmentDecider,
      key,
      path: '/attachments',
      command: { type: 'Declare', file, correlationId, usableMs },
      assume: 'absent',
    },
    ports,
  );
  const now = ports.clock.now();
  const expiresAt = await uploadableUntil(executed, key, now, ports);
  const replayed: Record<string, string> = executed.kind === 'duplicate' ? { 'idempotency-replayed': 'true' } : {};
  if (expiresAt === undefined) return problemResponse(problemOfRejection(GONE), replayed);
  const expiresInSeconds = Math.floor((expiresAt - now) / 1000);
  const answer: AttachmentAnswer = {
    attachmentId,
    upload: await uploads.uploadRequest({ tenant, attachmentId }, file, { now, expiresInSeconds }),
    expiresAt: new Date(now + expiresInSeconds * 1000).toISOString(),
  };
  return jsonResponse(JSON.stringify(answer), replayed);
}

/** The upload never ends later than messages may reference the attachment: a later upload could not be used. */
async function uploadableUntil(
  { kind }: Executed,
  key: ReturnType<typeof attachmentKey>,
  now: number,
  { attachments }: AttachmentPorts,
): Promise<number | undefined> {
  const { states, uploadMs, usableMs } = attachments;
  if (kind === 'committed') return now + Math.min(uploadMs, usableMs);
  const attachment = (await states.read(key))?.state;
  if (attachment?.status !== 'EXPECTED' && attachment?.status !== 'IN_USE') return undefined;
  // Less than one second is too short to begin an upload.
  return attachment.usableUntil < now + 1000 ? undefined : Math.min(now + uploadMs, attachment.usableUntil);
}
