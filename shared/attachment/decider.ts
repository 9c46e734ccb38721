import type { AnnounceContext, Announcement, Decider, Decision, DecisionContext } from '#shared/messaging/decider.ts';
import { ATTACHMENT_RELEASED, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import {
  ATTACHMENT,
  ATTACHMENT_LIMIT,
  type Attachment,
  type DeclaredFile,
  dueOf,
  nextCheckAt,
  withProgress,
} from './attachment.ts';
import type { AttachmentMessageData } from './message-data.ts';

export type AttachmentCommand =
  /** `usableMs`: how long the file can be uploaded, and how long messages can name it. */
  | { type: 'Declare'; file: DeclaredFile; correlationId: string; usableMs: number }
  /** A notification that is created in the same transaction needs it. */
  | { type: 'AddUser'; notificationId: string }
  /** The notification was sent, or it can no longer be sent. */
  | { type: 'RemoveUser'; notificationId: string }
  /** A check of all users found that these no longer need it. */
  | { type: 'RemoveUsers'; notificationIds: readonly string[] }
  /** It is due: no message named it in time, or its deletion was not carried out. */
  | { type: 'Wake' }
  /** The bytes are deleted. */
  | { type: 'RecordDeletion' };

export type AttachmentEvent =
  | { type: 'AttachmentDeclared'; attachment: Attachment }
  /** `dueAt` (epoch milliseconds): when the users are checked; present only if that was not decided yet. */
  | { type: 'UserAdded'; notificationId: string; dueAt?: number }
  | { type: 'UserRemoved'; notificationId: string; dueAt?: number }
  /** No notification needs it: its bytes have to be deleted. Announced again at `dueAt` (epoch milliseconds). */
  | { type: 'AttachmentReleased'; since: string; dueAt: number }
  | { type: 'AttachmentDeleted'; at: string };

/**
 * The attachment as a state machine. A repeated or late command changes nothing. The exception is `AddUser` when it is
 * too late: it is rejected.
 */
export const attachmentDecider: Decider<Attachment, AttachmentCommand, AttachmentEvent> = {
  shape: ATTACHMENT,
  decide: (command, attachment, context) => {
    if (command.type === 'Declare') return attachment ? taken : accept([declared(command, context)]);
    return attachment ? decide(command, attachment, context) : accept([]);
  },
  evolve: (attachment, event) => {
    if (event.type === 'AttachmentDeclared') return event.attachment;
    if (!attachment) throw new Error('An attachment begins with its declaration.');
    return evolve(attachment, event);
  },
  announce,
  answer: ({ status, usableUntil }) => ({ status, usableUntil: new Date(usableUntil).toISOString() }),
  due: dueOf,
};

const accept = (events: AttachmentEvent[]): Decision<AttachmentEvent> => ({ kind: 'accepted', events });

/** Callers never see it: the id follows from the Idempotency-Key, and a repeated key is recognised earlier. */
const taken: Decision<AttachmentEvent> = {
  kind: 'rejected',
  rejection: {
    code: 'ATTACHMENT_ALREADY_EXISTS',
    detail: 'The attachment exists.',
    next: 'Use a new Idempotency-Key for another file.',
  },
};

function declared(
  { file, correlationId, usableMs }: Extract<AttachmentCommand, { type: 'Declare' }>,
  { now }: DecisionContext,
): AttachmentEvent {
  const createdAt = new Date(now).toISOString();
  const usableUntil = now + usableMs;
  const attachment: Attachment = { ...file, createdAt, correlationId, usableUntil, status: 'EXPECTED' };
  return { type: 'AttachmentDeclared', attachment };
}

function decide(
  command: Exclude<AttachmentCommand, { type: 'Declare' }>,
  attachment: Attachment,
  { now }: DecisionContext,
): Decision<AttachmentEvent> {
  switch (command.type) {
    case 'AddUser':
      return addUser(attachment, command.notificationId, now);
    case 'RemoveUser':
      return accept(removal(attachment, [command.notificationId], undecidedCheck(attachment, now), now));
    case 'RemoveUsers':
      return accept(removal(attachment, command.notificationIds, { dueAt: nextCheckAt(attachment, now) }, now));
    case 'Wake':
      return accept(isOver(attachment, now) ? [released(attachment, now)] : []);
    case 'RecordDeletion':
      return accept(attachment.status === 'DELETING' ? [{ type: 'AttachmentDeleted', at: isoOf(now) }] : []);
    default:
      return command satisfies never;
  }
}

const isoOf = (now: number): string => new Date(now).toISOString();

const usersOf = (attachment: Attachment): readonly string[] => (attachment.status === 'IN_USE' ? attachment.users : []);

function addUser(attachment: Attachment, notificationId: string, now: number): Decision<AttachmentEvent> {
  const users = usersOf(attachment);
  if (users.includes(notificationId)) return accept([]);
  if (attachment.status === 'DELETING' || attachment.status === 'DELETED' || attachment.usableUntil <= now)
    return { kind: 'rejected', rejection: GONE };
  if (users.length >= ATTACHMENT_LIMIT.users) return { kind: 'rejected', rejection: BUSY };
  return accept([{ type: 'UserAdded', notificationId, ...undecidedCheck(attachment, now) }]);
}

/** The first user schedules the check of all users. In rows of older releases, the next change schedules it. */
function undecidedCheck(attachment: Attachment, now: number): { dueAt?: number } {
  const isDecided = attachment.status === 'IN_USE' && attachment.dueAt !== undefined;
  return isDecided ? {} : { dueAt: nextCheckAt(attachment, now) };
}

/** Also the answer to an upload that comes too late. */
export const GONE = {
  code: 'ATTACHMENT_GONE',
  detail:
    'It is deleted, being deleted, or too old to be named: the last message that named it is done, or its time is over.',
  next: 'Upload the file again, with a new Idempotency-Key.',
};

const BUSY = {
  code: 'ATTACHMENT_IN_USE_TOO_OFTEN',
  detail: `${ATTACHMENT_LIMIT.users} messages that use it are not sent yet.`,
  next: 'For more messages, upload the file again with a new Idempotency-Key.',
};

function removal(
  attachment: Attachment,
  notificationIds: readonly string[],
  nextCheck: { dueAt?: number },
  now: number,
): AttachmentEvent[] {
  const users = usersOf(attachment);
  const gone = users.filter((user) => notificationIds.includes(user));
  const removed = gone.map(
    (notificationId): AttachmentEvent => ({ type: 'UserRemoved', notificationId, ...nextCheck }),
  );
  return gone.length > 0 && gone.length === users.length ? [...removed, released(attachment, now)] : removed;
}

/** No message named it in time, or it was not deleted. An attachment in use is released with its last user instead. */
function isOver(attachment: Attachment, now: number): boolean {
  const due = attachment.status === 'IN_USE' ? undefined : dueOf(attachment);
  return due !== undefined && due.at <= now;
}

/** It is usually deleted within seconds. Each later pause is twice the time since the release. */
const FIRST_REMINDER_MS = 10 * 60 * 1000;
const LONGEST_REMINDER_MS = 24 * 60 * 60 * 1000;

function released(attachment: Attachment, now: number): AttachmentEvent {
  const since = attachment.status === 'DELETING' ? attachment.since : isoOf(now);
  const pauseMs = Math.max(FIRST_REMINDER_MS, 2 * (now - Date.parse(since)));
  return { type: 'AttachmentReleased', since, dueAt: now + Math.min(LONGEST_REMINDER_MS, pauseMs) };
}

function evolve(attachment: Attachment, event: Exclude<AttachmentEvent, { type: 'AttachmentDeclared' }>): Attachment {
  switch (event.type) {
    case 'UserAdded':
      return inUse(attachment, [...usersOf(attachment), event.notificationId], event.dueAt);
    case 'UserRemoved': {
      const left = usersOf(attachment).filter((user) => user !== event.notificationId);
      return inUse(attachment, left, event.dueAt);
    }
    case 'AttachmentReleased':
      return withProgress(attachment, { status: 'DELETING', since: event.since, dueAt: event.dueAt });
    case 'AttachmentDeleted':
      return withProgress(attachment, { status: 'DELETED', deletedAt: event.at });
    default:
      return event satisfies never;
  }
}

/** The subscriber that deletes files receives only messages about attachments. */
const WITH_ATTACHMENTS = { [MESSAGE_ATTRIBUTE.attachments]: 'true' };
function inUse(attachment: Attachment, users: readonly string[], decidedAt: number | undefined): Attachment {
  const dueAt = decidedAt ?? (attachment.status === 'IN_USE' ? attachment.dueAt : undefined);
  return withProgress(attachment, { status: 'IN_USE', users, ...(dueAt !== undefined && { dueAt }) });
}

/** The message carries the id only, because a file's name may identify a person. */
function announce(events: readonly AttachmentEvent[], _state: Attachment, { key }: AnnounceContext): Announcement {
  const isReleased = events.some(({ type }) => type === 'AttachmentReleased');
  return {
    messages: isReleased
      ? [
          {
            type: ATTACHMENT_RELEASED,
            data: { attachmentId: key.id } satisfies AttachmentMessageData['AttachmentReleased'],
            attributes: WITH_ATTACHMENTS,
          },
        ]
      : [],
    rows: [],
  };
}
