import { GREETING } from '#shared/greeting/greeting.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { subjectName } from '#shared/messaging/identity.ts';
import { parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { object, openObject, optional, readWith, someText } from '#shared/messaging/read.ts';
import { messageIdOf } from '#shared/once/command-id.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import type { Caused } from './causal-order.ts';
import type { TimelineEntry } from './responses.ts';

/** An entry, and what its place in the timeline depends on. */
export type Entry = TimelineEntry &
  Pick<Caused, 'after' | 'rank'> & {
    /** For an event: the type of its message. For a step of a notification: the types of the messages that it causes. */
    messages?: readonly string[];
  };

/** The names of events, by the type of the message that announces them. */
export type EventNames = Readonly<Record<string, string>>;

/**
 * The command of an outbox record and the events that it led to. The command of a notification is not shown, because the
 * notification's own entries show what it changed.
 */
export function recordEntries(record: OutboxRecord, names: EventNames): Entry[] {
  const envelopes = record.messages.map(parseEnvelope);
  return [
    ...commandEntries(record, envelopes),
    ...envelopes.map((envelope, index) => eventEntry(envelope, index, record, names)),
  ];
}

function commandEntries(record: OutboxRecord, envelopes: readonly Envelope[]): Entry[] {
  const { process, subject } = record;
  const [first] = envelopes;
  if (process !== undefined) return [processEntry(record, process, first)];
  if (!isOfSubject(record, envelopes)) return [];
  // A greeting is a process, although it is a subject of its own and not a part of another one.
  return [subject.type === GREETING.name ? processEntry(record, subject.type, first) : commandEntry(record, first)];
}

/** A record of an earlier release has no status. */
const aProcess = object({ status: optional(someText) });

/** What a process did. Its cause is the message that it handled, or that it had waited for. */
function processEntry(record: OutboxRecord, process: string, first?: Envelope): Entry {
  const { commandId, command = 'Command', createdAt, outcome } = record;
  const causationId = messageIdOf(commandId);
  return {
    at: createdAt,
    kind: 'process',
    type: command,
    process,
    id: commandId,
    ...(causationId !== undefined && { causationId }),
    ...correlationOf(record, first),
    ...parseWith(aProcess, JSON.parse(outcome.answer), 'The answer of a process is unreadable'),
    rank: rankOf(outcome.version),
  };
}

/**
 * Whether the subject itself was commanded. A record of an earlier release names no command, so its messages tell. A
 * refusal of an earlier release has no messages either, and is not shown.
 */
const isOfSubject = ({ command, subject }: OutboxRecord, [first]: readonly Envelope[]): boolean =>
  command !== undefined || first?.subject === subjectName(subject);

const aRejection = openObject({ code: someText });

/** A record of an earlier release without messages does not have it. */
function correlationOf(record: OutboxRecord, first?: Envelope): Pick<Entry, 'correlationId'> {
  const correlationId = first?.correlationid ?? record.correlationId;
  return correlationId === undefined ? {} : { correlationId };
}

function commandEntry(record: OutboxRecord, first?: Envelope): Entry {
  const { commandId, command = 'Command', createdAt, outcome } = record;
  const { accepted, version } = outcome;
  const code = accepted
    ? undefined
    : parseWith(aRejection, JSON.parse(outcome.answer), 'The refusal is unreadable').code;
  // Without a message that led to it, a command is named as its own cause.
  const causationId = first?.causationid === commandId ? undefined : first?.causationid;
  return {
    at: createdAt,
    kind: 'command',
    type: command,
    id: commandId,
    ...(causationId !== undefined && { causationId }),
    ...correlationOf(record, first),
    accepted,
    version,
    ...(code !== undefined && { code }),
    rank: rankOf(version),
  };
}

const aboutNotification = object({ notificationId: optional(someText) });

function eventEntry(
  { id, type, time, causationid, correlationid, data }: Envelope,
  index: number,
  { commandId, outcome }: OutboxRecord,
  names: EventNames,
): Entry {
  const { read, faults } = readWith(aboutNotification, data);
  const notificationId = faults.length === 0 ? read.notificationId : undefined;
  return {
    at: time,
    kind: 'event',
    type: names[type] ?? type,
    id,
    causationId: causationid,
    correlationId: correlationid,
    ...(notificationId !== undefined && { notificationId }),
    messages: [type],
    after: [commandId],
    rank: rankOf(outcome.version, index + 1),
  };
}

const rankOf = (...numbers: number[]): string => numbers.map((number) => String(number).padStart(8, '0')).join('.');
