import { createHash } from 'node:crypto';
import type { AttachmentObjects } from '#shared/attachment/ports.ts';
import type { AttachedFile } from '#shared/notification/content.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { LoadedFile, ProviderAnswer } from './provider.ts';

/** The bytes of the attachments. If they cannot be loaded, the answer to record instead: the message was not sent. */
export type Loaded = { files: LoadedFile[] } | { instead: ProviderAnswer };

export type AttachmentLoader = {
  /** Runs `work` with the bytes of these files, then releases them. Missing or unreadable bytes never make it throw. */
  with<Result>(
    tenant: string,
    files: readonly AttachedFile[],
    work: (loaded: Loaded) => Promise<Result>,
  ): Promise<Result>;
};

/**
 * Loads the files of one message at a time. Ten messages of 28 MB each at the same time would exceed the function's
 * memory.
 */
export function attachmentLoader(objects: Pick<AttachmentObjects, 'read'>): AttachmentLoader {
  let last: Promise<unknown> = Promise.resolve();
  return {
    with(tenant, files, work) {
      if (files.length === 0) return work({ files: [] });
      const own = last.then(async () => work(await load(tenant, files, objects)));
      // The next message only waits for its turn. An error of this one goes to its own caller, through `own`.
      last = own.catch(() => undefined);
      return own;
    },
  };
}

async function load(
  tenant: string,
  files: readonly AttachedFile[],
  objects: Pick<AttachmentObjects, 'read'>,
): Promise<Loaded> {
  const loaded: LoadedFile[] = [];
  for (const file of files) {
    const bytes = await bytesOf(tenant, file, objects);
    if (!(bytes instanceof Uint8Array)) return { instead: bytes };
    loaded.push({ ...file, bytes });
  }
  return { files: loaded };
}

/** Only bytes that match the declared checksum are sent. */
async function bytesOf(
  tenant: string,
  { attachmentId, sha256 }: AttachedFile,
  objects: Pick<AttachmentObjects, 'read'>,
): Promise<Uint8Array | ProviderAnswer> {
  try {
    const bytes = await objects.read({ tenant, attachmentId });
    if (!bytes) return { kind: 'rejected', reason: 'ATTACHMENT_MISSING' };
    const isSame = createHash('sha256').update(bytes).digest('hex') === sha256;
    return isSame ? bytes : { kind: 'rejected', reason: 'ATTACHMENT_CHANGED' };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { kind: 'deferred', reason: 'ATTACHMENT_UNAVAILABLE' };
  }
}
