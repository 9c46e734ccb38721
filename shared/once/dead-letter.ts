import { createHash } from 'node:crypto';
import { base32 } from '#shared/messaging/base32.ts';
import { isCorrelationId } from '#shared/messaging/correlation.ts';
import type { Due } from '#shared/messaging/due.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { TENANT_NAME } from '#shared/names.ts';
import type { FailedWith } from './failed-with.ts';

/** Something that gave up, as its subscriber reports it. No personal data. */
export type DeadLetter = {
  /** The function that could not handle it. */
  subscriber: string;
  /** The id of the message, if it has one: the same dead letter is recorded once, and its repetitions are counted. */
  id: string;
  /** Of a redriven message: it stays the same dead letter, also if its text was scrubbed before it was sent again. */
  deadLetterId?: string;
  /** A code. */
  reason: string;
  detail: string;
  /** The message, if it may be shown: our messages contain no personal data, an outside service's events do. */
  message?: string;
  /** What failed in our code. */
  error?: FailedWith;
  /** How often it was tried before it was given up. Default: 1. */
  attempts?: number;
};

/** `redriving`: it was sent to its subscriber again. `resolved`: the subscriber has handled it. */
export const DEAD_LETTER_STATUSES = ['open', 'redriving', 'resolved', 'discarded'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

/** What a person, a machine or a new failure did with a dead letter. */
export type DeadLetterAction = {
  action: (typeof DEAD_LETTER_ACTIONS)[number];
  /** ISO 8601. */
  at: string;
  /** The person or machine; `system`: it failed again, or was handled. */
  actor: string;
  /** Why, in the words of the actor. */
  reason?: string;
  /** The redrive that did this, or whose message failed again or was handled. */
  redriveId?: string;
};

/**
 * `reopen`: it failed again, or its redrive stopped before its message was sent. `edit`: an edited message replaces its
 * message, or its message is an edited one.
 */
export const DEAD_LETTER_ACTIONS = ['discard', 'reopen', 'redrive', 'resolve', 'edit'] as const;

/** The record of something that gave up: one for each message of a subscriber. */
export type DeadLetterRecord = Omit<DeadLetter, 'deadLetterId' | 'error' | 'attempts'> & {
  /** Of the message, if they are known. */
  messageType?: string;
  tenant?: string;
  /** `<type>/<id>`. */
  subject?: string;
  correlationId?: string;
  errorName?: string;
  /** The first stack frames in our code. */
  frames?: readonly string[];
  /** How often it was tried, in all. */
  attempts: number;
  /** How often it was recorded. */
  count: number;
  /** ISO 8601. */
  firstSeenAt: string;
  lastSeenAt: string;
  /** ISO 8601: since when this generation is open. Lists are sorted by it. */
  openedAt: string;
  /** The git commit that failed, if the stage knows it. */
  release?: string;
  /** The group. */
  fingerprint: string;
  status: DeadLetterStatus;
  /** Increases when it fails again after it was redriven, resolved or discarded. */
  generation: number;
  /** The redrive that is sending it again. Only while it is `redriving`. */
  redriveId?: string;
  /** The dead letter whose message an operator has edited. This one is about the edited message. */
  editedFrom?: string;
  /** The dead letter of the edited message that replaces this one's. */
  editedTo?: string;
  /** The latest actions. */
  history: readonly DeadLetterAction[];
};

/** The dead letters with one fingerprint. Owner and note belong to the group, so a redrive does not change them. */
export type DeadLetterGroup = Pick<
  DeadLetterRecord,
  'fingerprint' | 'subscriber' | 'reason' | 'errorName' | 'frames' | 'firstSeenAt' | 'lastSeenAt'
> & {
  /** The id of the dead letter that made the group. */
  example: string;
  owner?: string;
  note?: string;
};

export const DEAD_LETTER = shapeOf<DeadLetterRecord>('deadletter');
export const DEAD_LETTER_GROUP = shapeOf<DeadLetterGroup>('deadlettergroup');

/** 26 letters and digits that follow from the parts. */
const hashOf = (parts: readonly string[]): string =>
  base32(createHash('sha256').update(parts.join('\n')).digest()).slice(0, 26);

/** Dead letters belong to the stage: the tenant is empty. */
export const deadLetterKey = (id: string): Subject => ({ tenant: '', type: DEAD_LETTER.name, id });

/** The id in the API. */
export const deadLetterIdOf = ({ subscriber, id, deadLetterId }: IdentifiedLetter): string =>
  deadLetterId ?? hashOf(['dead letter', subscriber, id]);

export type IdentifiedLetter = Pick<DeadLetter, 'subscriber' | 'id' | 'deadLetterId'>;

/** All groups are parts of one subject, so one query lists them. */
export const DEAD_LETTER_GROUPS: Subject = { tenant: '', type: 'stage', id: 'deadletters' };

export const groupKey = (fingerprint: string): StateKey => ({
  ...DEAD_LETTER_GROUPS,
  part: { type: DEAD_LETTER_GROUP.name, id: fingerprint },
});

/** The list of a group's dead letters with one status: a kind in the index of due rows. */
export const letterKind = (status: DeadLetterStatus, fingerprint: string): string =>
  `dead-letter:${status}:${fingerprint}`;

/** The place of a dead letter in its list. Only people finish it, so it is in the index to be listed and counted. */
export const dueOfLetter = ({ status, fingerprint, openedAt }: DeadLetterRecord): Due => ({
  kind: letterKind(status, fingerprint),
  at: Date.parse(openedAt),
});

/** Ids, numbers and long tokens differ between failures of the same kind. */
const normalised = (detail: string): string =>
  detail.replaceAll(/[^\s.,;:"'()]*\d[^\s,;:"'()]*/g, '*').replaceAll(/[\w-]{24,}/g, '*');

/** The file of a frame. Its line changes with every release, and the group has to outlive releases. */
const fileOf = (frame: string | undefined): string => frame?.split(':')[0] ?? '';

/**
 * Errors of a dependency that does not answer, or not in time. Which of them is the last one, and at which place, depends
 * on how much time was left for the last try. So they are one cause, and a slow machine makes no other groups.
 */
const NO_ANSWER = new Set(['StoreUnavailable', 'TemporarilyUnavailable', 'OutOfTime', 'TimeoutError', 'AbortError']);

const causeOf = ({ detail, error }: DeadLetter): string[] =>
  error && NO_ANSWER.has(error.name)
    ? ['no answer', normalised(detail.replaceAll(error.name, 'no answer')), '']
    : [error?.name ?? '', normalised(detail), fileOf(error?.frames[0])];

/** Same subscriber, reason, error and place: the same cause. */
export const fingerprintOf = (letter: DeadLetter): string =>
  hashOf([letter.subscriber, letter.reason, ...causeOf(letter)]);

const MOST_ACTIONS = 50;

/** The history with one more action. */
export const withAction = (history: readonly DeadLetterAction[], action: DeadLetterAction): DeadLetterAction[] =>
  [...history, action].slice(-MOST_ACTIONS);

/**
 * The record after this failure. One that is open only counts up. One that was closed, or is being redriven, gets a new
 * generation, so a redrive that still runs does not resolve the new failure.
 * @param seenAt epoch milliseconds. A late report with an earlier time does not move the last time back.
 */
export function recorded(
  before: DeadLetterRecord | undefined,
  letter: DeadLetter,
  seenAt: number,
  release?: string,
): DeadLetterRecord {
  const { subscriber, reason, detail, message = before?.message, error, attempts = 1 } = letter;
  const at = new Date(seenAt).toISOString();
  const isOpen = before?.status === 'open';
  const reopened: DeadLetterAction = { action: 'reopen', at, actor: 'system', ...redriveOf(before) };
  return {
    subscriber,
    id: before?.id ?? letter.id,
    reason,
    detail,
    ...(message !== undefined && { message, ...aboutMessage(fieldsIn(message)) }),
    ...(error && { errorName: error.name, frames: error.frames }),
    attempts: (before?.attempts ?? 0) + attempts,
    count: (before?.count ?? 0) + 1,
    firstSeenAt: before?.firstSeenAt ?? at,
    lastSeenAt: before && before.lastSeenAt > at ? before.lastSeenAt : at,
    openedAt: isOpen ? before.openedAt : at,
    ...(release !== undefined && { release }),
    fingerprint: fingerprintOf(letter),
    status: 'open',
    generation: isOpen ? before.generation : (before?.generation ?? 0) + 1,
    ...linksOf(before),
    history: before && !isOpen ? withAction(before.history, reopened) : (before?.history ?? []),
  };
}

/** A dead letter that fails again still names the other one, so that people see that one of the two is handled. */
const linksOf = ({ editedFrom, editedTo }: Partial<DeadLetterRecord> = {}) => ({
  ...(editedFrom !== undefined && { editedFrom }),
  ...(editedTo !== undefined && { editedTo }),
});

const redriveOf = (letter: DeadLetterRecord | undefined): Pick<DeadLetterAction, 'redriveId'> =>
  letter?.redriveId === undefined ? {} : { redriveId: letter.redriveId };

/** How exact a group's last time is: a burst must not write one row for every failure. */
export const GROUP_SEEN_MS = 1000;

/** The group after one of its members failed; undefined: nothing changes. */
export function groupSeen(
  before: DeadLetterGroup | undefined,
  record: DeadLetterRecord,
  seenAt: number,
): DeadLetterGroup | undefined {
  const { fingerprint, subscriber, reason, errorName, frames } = record;
  const lastSeenAt = new Date(seenAt).toISOString();
  if (before) return Date.parse(before.lastSeenAt) + GROUP_SEEN_MS > seenAt ? undefined : { ...before, lastSeenAt };
  return {
    fingerprint,
    subscriber,
    reason,
    ...(errorName !== undefined && { errorName }),
    ...(frames && { frames }),
    firstSeenAt: record.openedAt,
    lastSeenAt,
    example: deadLetterIdOf(record),
  };
}

type MessageFields = { [Name in 'type' | 'tenantid' | 'subject' | 'correlationid' | 'tenant']?: unknown };
type AboutMessage = Pick<DeadLetterRecord, 'messageType' | 'tenant' | 'subject' | 'correlationId'>;

/** What a kept message says about itself, if it is an envelope of ours, or the place of a row. */
export function aboutMessage({ type, tenantid, subject, correlationid, tenant }: MessageFields): AboutMessage {
  const place = typeof subject === 'object' && subject !== null ? { ...subject } : {};
  const named = 'type' in place && 'id' in place ? `${place.type}/${place.id}` : subject;
  const owner = [tenantid, 'tenant' in place ? place.tenant : tenant].find(
    (one) => typeof one === 'string' && TENANT_NAME.test(one),
  );
  return {
    ...(isCorrelationId(type) && { messageType: type }),
    ...(typeof owner === 'string' && { tenant: owner }),
    ...(isCorrelationId(named) && { subject: named }),
    ...(isCorrelationId(correlationid) && { correlationId: correlationid }),
  };
}

function fieldsIn(message: string): MessageFields {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // Not JSON: it says nothing about itself.
    return {};
  }
}
