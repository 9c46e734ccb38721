import { createHash } from 'node:crypto';
import type { AttachedFile } from '#shared/domain/notification/content.ts';
import { type AttachmentObjects, StoreUnavailable } from '#shared/ports.ts';
import type { LoadedFile, ProviderAnswer } from './provider.ts';

/** The bytes of what is attached; or, where they cannot be had, what becomes of the message: it was not sent. */
export type Loaded = { files: LoadedFile[] } | { instead: ProviderAnswer };

export type AttachmentLoader = {
  /** Does `work` with the bytes of these files, which are let go of when it is done. It never throws for the bytes' sake. */
  with<Result>(
    tenant: string,
    files: readonly AttachedFile[],
    work: (loaded: Loaded) => Promise<Result>,
  ): Promise<Result>;
};

/**
 * Loads one message's files at a time: ten messages of 28 MB each, on their way to a provider all at once, would be
 * more than a function has memory.
 */
export function attachmentLoader(objects: Pick<AttachmentObjects, 'read'>): AttachmentLoader {
  let last: Promise<unknown> = Promise.resolve();
  return {
    with(tenant, files, work) {
      if (files.length === 0) return work({ files: [] });
      const mine = last.then(async () => work(await load(tenant, files, objects)));
      // The next one only waits its turn: what became of this one is told to whoever holds `mine`.
      last = mine.catch(() => undefined);
      return mine;
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

/** What is sent is what was declared, or nothing. */
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
