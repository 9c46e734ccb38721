import { createHash } from 'node:crypto';
import type { AttachmentAddress, AttachmentObjects, AttachmentUploads } from '#shared/attachment/ports.ts';

/** Attachments in memory, with additional methods for tests. */
export type MemoryAttachments = AttachmentObjects &
  AttachmentUploads & {
    /** The effect of an upload with the signed request. */
    put(address: AttachmentAddress, bytes: Uint8Array): void;
    has(address: AttachmentAddress): boolean;
  };

export function memoryAttachments(): MemoryAttachments {
  const objects = new Map<string, Uint8Array>();
  const keyOf = ({ tenant, attachmentId }: AttachmentAddress): string => JSON.stringify([tenant, attachmentId]);
  return {
    put: (address, bytes) => void objects.set(keyOf(address), bytes.slice()),
    has: (address) => objects.has(keyOf(address)),
    async uploadRequest({ tenant, attachmentId }, { contentType, sha256 }, { expiresInSeconds }) {
      const url = `https://memory.example/${tenant}/${attachmentId}?expires=${expiresInSeconds}`;
      return { url, method: 'PUT', headers: { 'content-type': contentType, 'x-sha256': sha256 } };
    },
    async inspect(address) {
      const bytes = objects.get(keyOf(address));
      return bytes && { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    async read(address) {
      return objects.get(keyOf(address));
    },
    async remove(address) {
      objects.delete(keyOf(address));
    },
  };
}
