import { isAbsenceFinal } from '#shared/messaging/absence.ts';
import type { Due } from '#shared/messaging/due.ts';
import { changed, type ProgressFields } from '#shared/messaging/progress.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { subjectDue } from '#shared/once/due.ts';

/**
 * A file that is uploaded once and attached to notifications. Its row lists the notifications that still need the
 * bytes: its users.
 *
 * ```
 * EXPECTED ──a message names it──> IN_USE ──its last user is done──> DELETING ──> DELETED
 *     └──────── no message named it in time ─────────────────────────────┘
 * ```
 * While it is IN_USE, its users are checked periodically, because the message that reports that a user is done may be
 * lost. From DELETING on, no message can name it, because the bytes may be deleted at any moment.
 */
export type Attachment = AttachmentHeader & AttachmentProgress;

export const ATTACHMENT = shapeOf<Attachment>('attachment');

/** The fields that are independent of the status. */
export type AttachmentHeader = DeclaredFile & {
  /** ISO 8601. */
  createdAt: string;
  /** Correlation id of the request that declared the file. Every message about the file carries it. */
  correlationId: string;
  /** Epoch milliseconds. Until then, the file can be uploaded and messages can name it. */
  usableUntil: number;
};

/** The file as its uploader declared it. No other bytes can be stored for it. */
export type DeclaredFile = {
  name: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** SHA-256 of the bytes, in lower-case hexadecimal. */
  sha256: string;
};

/** The status, and the fields that belong to it. */
export type AttachmentProgress =
  | { status: 'EXPECTED' }
  /** `users`: ids of the notifications that may still be sent and need the file. */
  | {
      status: 'IN_USE';
      users: readonly string[];
      /** Epoch milliseconds of the next check of its users. Missing in rows of releases that did not check them. */
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
  /** For one attachment, and for all attachments of a message. SES accepts 40 MB, base64 and line breaks included. */
  bytes: 28 * 1024 * 1024,
  perMessage: 20,
  /** Notifications that need the attachment at the same time. Its row lists them all. */
  users: 1000,
} as const;

/** Attachments that were not used in time, whose deletion is not completed, or whose users have to be checked. */
export const ATTACHMENT_DUE = subjectDue('attachment');

/** The attachment's entry in the `due` index; undefined: it is deleted and needs none. */
export function dueOf(attachment: Attachment): Due | undefined {
  switch (attachment.status) {
    case 'EXPECTED':
      return { kind: ATTACHMENT_DUE.name, at: attachment.usableUntil };
    case 'DELETING':
      return { kind: ATTACHMENT_DUE.name, at: attachment.dueAt };
    case 'IN_USE':
      return attachment.dueAt === undefined ? undefined : { kind: ATTACHMENT_DUE.name, at: attachment.dueAt };
    case 'DELETED':
      return undefined;
    default:
      return attachment satisfies never;
  }
}

/** The names of all fields of the progress, so that a transition can replace exactly these. */
const PROGRESS_FIELDS: ProgressFields<AttachmentProgress> = {
  status: true,
  users: true,
  since: true,
  dueAt: true,
  deletedAt: true,
};

/** The attachment with another progress. The header is kept. */
export const withProgress = (attachment: Attachment, progress: AttachmentProgress): Attachment =>
  changed<AttachmentHeader, AttachmentProgress>(attachment, { progress }, PROGRESS_FIELDS);

/** An attachment that has users. */
export type AttachmentInUse = Extract<Attachment, { status: 'IN_USE' }>;

/** A notification that is sent at once is done within an hour. The pause grows for one that waits. */
const [FIRST_CHECK_MS, LONGEST_CHECK_MS] = [60 * 60 * 1000, 7 * 24 * 60 * 60 * 1000];

/**
 * When the users of an attachment are checked next. Each pause is as long as the attachment is old. So there are few
 * checks, even if a notification waits long for its `sendAt` or for an operator.
 */
export function nextCheckAt({ createdAt }: AttachmentHeader, now: number): number {
  const ageMs = now - Date.parse(createdAt);
  return now + Math.min(LONGEST_CHECK_MS, Math.max(FIRST_CHECK_MS, ageMs));
}

/** An attachment whose users were checked. The next check is scheduled. */
export const checked = (attachment: AttachmentInUse, now: number): AttachmentInUse => ({
  ...attachment,
  dueAt: nextCheckAt(attachment, now),
});

/**
 * Whether an absent user never existed or is gone. A notification becomes a user in the transaction that creates it,
 * and a read may not show that transaction yet. The absence is final when no message can name the attachment any more
 * and the last transaction that could do so is certainly visible.
 */
export const isAbsentUserGone = ({ usableUntil }: AttachmentHeader, now: number): boolean =>
  usableUntil < now && isAbsenceFinal(new Date(usableUntil).toISOString(), now);
