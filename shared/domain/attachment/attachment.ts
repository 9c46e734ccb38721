import { isAbsenceFinal } from '#shared/messaging/absence.ts';
import type { Due } from '#shared/messaging/due.ts';
import { type StatusFields, withoutStatus } from '../status-fields.ts';

/**
 * A file that is uploaded once and sent with messages. Its row counts who still needs the bytes.
 *
 * ```
 * EXPECTED ──a message names it──> IN_USE ──its last user is done──> DELETING ──> DELETED
 *     └──────── nobody named it in time ─────────────────────────────────┘
 * ```
 * While it is IN_USE, its users are checked from time to time: the message that says that a user is done may be lost.
 * From DELETING on, no message can name it: the bytes may be gone at any moment.
 */
export type Attachment = AttachmentHeader & AttachmentStatus;

/** What outlives every change of status. */
export type AttachmentHeader = DeclaredFile & {
  /** ISO 8601. */
  createdAt: string;
  /** Of the request that declared it; on every message about it. */
  correlationId: string;
  /** Epoch milliseconds: until then it can be uploaded, and named by messages. */
  usableUntil: number;
};

/** What the file is, as its uploader declared it; no other bytes can be stored for it. */
export type DeclaredFile = {
  name: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** SHA-256 of the bytes, in lower-case hexadecimal. */
  sha256: string;
};

export type AttachmentStatus =
  | { status: 'EXPECTED' }
  /** Ids of the notifications that may still be sent, and need it for that. */
  | {
      status: 'IN_USE';
      users: readonly string[];
      /** Epoch milliseconds at which its users are checked. Missing in rows of releases that did not check them. */
      dueAt?: number;
    }
  | {
      status: 'DELETING';
      /** ISO 8601. */
      since: string;
      /** Epoch milliseconds at which the deletion is announced again. */
      dueAt: number;
    }
  | { status: 'DELETED' /** ISO 8601. */; deletedAt: string };

export const ATTACHMENT_LIMIT = {
  /** Of one attachment, and of all that a message has: SES takes 40 MB, base64 and line breaks included. */
  bytes: 28 * 1024 * 1024,
  perMessage: 20,
  /** Messages that need it at the same time: its row names them all. */
  users: 1000,
} as const;

/** What keeps the attachment in the `due` index; undefined: nothing is left of it. */
export function dueOf(attachment: Attachment): Due | undefined {
  switch (attachment.status) {
    case 'EXPECTED':
      return { kind: 'attachment', at: attachment.usableUntil };
    case 'DELETING':
      return { kind: 'attachment', at: attachment.dueAt };
    case 'IN_USE':
      return attachment.dueAt === undefined ? undefined : { kind: 'attachment', at: attachment.dueAt };
    case 'DELETED':
      return undefined;
    default:
      return attachment satisfies never;
  }
}

/** Fields of the status, which go with it. */
const STATUS_FIELDS: StatusFields<AttachmentStatus> = {
  status: true,
  users: true,
  since: true,
  dueAt: true,
  deletedAt: true,
};

/** What outlives a change of status, with the new status. */
export function withStatus(attachment: Attachment, status: AttachmentStatus): Attachment {
  return { ...withoutStatus<AttachmentHeader, AttachmentStatus>(attachment, STATUS_FIELDS), ...status };
}

/** An attachment whose users may still need it. */
export type AttachmentInUse = Extract<Attachment, { status: 'IN_USE' }>;

/** A message that is sent at once is done long before; one that waits is asked for later and later. */
const [FIRST_CHECK_MS, LONGEST_CHECK_MS] = [60 * 60 * 1000, 7 * 24 * 60 * 60 * 1000];

/**
 * When the users of an attachment are checked next: each pause is as long as the attachment is old, so that there are
 * few checks however long a message waits for its moment or for a person.
 */
export function nextCheckAt({ createdAt }: AttachmentHeader, now: number): number {
  const ageMs = now - Date.parse(createdAt);
  return now + Math.min(LONGEST_CHECK_MS, Math.max(FIRST_CHECK_MS, ageMs));
}

/** An attachment whose users were checked, and are checked again later. */
export const checked = (attachment: AttachmentInUse, now: number): AttachmentInUse => ({
  ...attachment,
  dueAt: nextCheckAt(attachment, now),
});

/**
 * Whether a user that is not there never was, or is gone. A message becomes a user in the transaction that makes it, so
 * it may only be not seen yet, until no message can name the attachment any more and the last transaction that could
 * would have been seen whole.
 */
export const isAbsentUserGone = ({ usableUntil }: AttachmentHeader, now: number): boolean =>
  usableUntil < now && isAbsenceFinal(new Date(usableUntil).toISOString(), now);
