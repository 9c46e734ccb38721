/** Identifies an attachment of a tenant. */
export type AttachmentAddress = { tenant: string; attachmentId: string };

/** The bytes of attachments, stored separately from their rows. No row, message or log ever contains them. */
export type AttachmentObjects = {
  /**
   * Size and checksum of the stored bytes; undefined: nothing is stored.
   * @returns `sha256` in hexadecimal, as the store computed it when it received the bytes.
   * @throws StoreUnavailable
   */
  inspect(address: AttachmentAddress): Promise<{ size: number; sha256?: string } | undefined>;
  /** @throws StoreUnavailable */
  read(address: AttachmentAddress): Promise<Uint8Array | undefined>;
  /** It can be repeated, and does nothing if there are no bytes. @throws StoreUnavailable */
  remove(address: AttachmentAddress): Promise<void>;
};

/** A request that the client sends to the store itself, with exactly these headers, because they are signed. */
export type UploadRequest = { url: string; method: 'PUT'; headers: Record<string, string> };

export type AttachmentUploads = {
  /** @param file the only file that can be uploaded. @param when epoch milliseconds, and how long it may be started. */
  uploadRequest(
    address: AttachmentAddress,
    file: { contentType: string; size: number; sha256: string },
    when: { now: number; expiresInSeconds: number },
  ): Promise<UploadRequest>;
};
