import { shapeOf } from '#shared/messaging/versions.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import type { AnnouncedOutcome } from './notification.ts';

/**
 * The outcomes that a provider reports for a message and one recipient, strongest first. The strongest reported outcome
 * is the recipient's outcome. A complaint follows a delivery and outweighs it. A bounce outweighs the delivery that it
 * revokes. A delivery outweighs earlier doubts.
 */
const BY_WEIGHT = [
  'COMPLAINED',
  /** Permanent: there is no such mailbox or number. */
  'BOUNCED',
  /** The provider accepted it and then did not pass it on. */
  'REJECTED',
  'RENDERING_FAILED',
  'DELIVERED',
  /** The provider has given up, but another message may arrive. */
  'UNDELIVERED',
  /** The mailbox is full, its owner is out of office, or the cause is not known. */
  'SOFT_BOUNCED',
  /** The carrier never reported an outcome. */
  'UNCONFIRMED',
  'DELAYED',
] as const;

export type RecipientOutcome = (typeof BY_WEIGHT)[number];

/** Recorded and shown, but never an outcome: these events do not change what became of the message. */
export type RecipientNote =
  | 'OPENED'
  | 'CLICKED'
  /** A correction by the mailbox provider. */
  | 'NOT_SPAM'
  /** Any other event. Its code says which. */
  | 'REPORTED';

export type RecipientEventKind = RecipientOutcome | RecipientNote;

/** A row of reported events. The store decides in which attribute it keeps each of them. */
export const OUTCOMES = shapeOf<Record<string, unknown>>('outcomes');

/** Merges new events into the known ones. For each recipient and kind, the earliest event is kept. */
export function withEvents(known: readonly RecipientEvent[], events: readonly RecipientEvent[]): RecipientEvent[] {
  const earliest = new Map<string, RecipientEvent>();
  for (const event of [...known, ...events]) {
    const name = `${event.position ?? ''} ${event.kind}`;
    const other = earliest.get(name);
    if (!other || isBefore(event, other)) earliest.set(name, event);
  }
  return inOrder([...earliest.values()]);
}

/** Events with the same time are compared by code, so that the result does not depend on the order of arrival. */
const isBefore = (one: RecipientEvent, other: RecipientEvent): boolean =>
  one.at === other.at ? (one.code ?? '') < (other.code ?? '') : one.at < other.at;

/** Sorted as a timeline: by time, and independent of the order of arrival. */
function inOrder(events: RecipientEvent[]): RecipientEvent[] {
  const sortKey = ({ at, position = -1, kind }: RecipientEvent): string =>
    `${at} ${String(position).padStart(5)} ${kind}`;
  return events.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

type OutcomeEvent = RecipientEvent & { kind: RecipientOutcome };

/** The outcome for one recipient and its time; undefined: none was reported yet. */
export function outcomeAt(events: readonly RecipientEvent[], position: number): OutcomeEvent | undefined {
  return decisiveEvent(events.filter((event) => event.position === position));
}

/** The outcome for a recipient that the provider does not identify; undefined: none was reported. */
export const outcomeOfMessage = (events: readonly RecipientEvent[]): OutcomeEvent | undefined =>
  decisiveEvent(events.filter(({ position }) => position === undefined));

function decisiveEvent(events: readonly RecipientEvent[]): OutcomeEvent | undefined {
  const kind = BY_WEIGHT.find((known) => events.some((event) => event.kind === known));
  const event = events.find((one) => one.kind === kind);
  return kind && event && { ...event, kind };
}

/**
 * Number of these recipients by outcome. Recipients without a reported outcome are not counted. An outcome without a
 * known recipient counts once.
 */
export function outcomeCounts(
  events: readonly RecipientEvent[],
  positions: readonly number[],
): Partial<Record<RecipientOutcome, number>> {
  const counts: Partial<Record<RecipientOutcome, number>> = {};
  const outcomes = [...positions.map((position) => outcomeAt(events, position)), outcomeOfMessage(events)];
  for (const event of outcomes) {
    if (event) counts[event.kind] = (counts[event.kind] ?? 0) + 1;
  }
  return counts;
}

/** Whether no further outcome is expected from the provider. One may arrive nevertheless. */
const isFinal = (events: readonly RecipientEvent[], position: number): boolean => {
  const outcome = outcomeAt(events, position)?.kind;
  return outcome !== undefined && outcome !== 'DELAYED';
};

/** The outcome that is announced for the whole message as soon as one recipient has it. */
const ANNOUNCED_FOR_ONE: Partial<Record<string, AnnouncedOutcome>> = {
  BOUNCED: 'bounced',
  COMPLAINED: 'complained',
  REJECTED: 'rejected',
  RENDERING_FAILED: 'rejected',
  UNDELIVERED: 'rejected',
};

/**
 * The outcomes that may be announced for the whole message. Bounced, complained and rejected are announced with the
 * first recipient, even if the recipient is not known. Delivered is announced once the outcome of every recipient is
 * known and at least one has received the message. An outcome that was announceable stays so when more is reported.
 * @param writtenTo positions of the recipients who were not left out.
 */
export function announceable(events: readonly RecipientEvent[], writtenTo: readonly number[]): AnnouncedOutcome[] {
  const own = events.filter(({ position }) => position !== undefined && writtenTo.includes(position));
  const ofMessage = events.filter(({ position }) => position === undefined);
  const announced = new Set([...own, ...ofMessage].flatMap(({ kind }) => ANNOUNCED_FOR_ONE[kind] ?? []));
  // A recipient who complains has received the message.
  const isReceived = own.some(({ kind }) => kind === 'DELIVERED' || kind === 'COMPLAINED');
  if (isReceived && writtenTo.every((position) => isFinal(own, position))) announced.add('delivered');
  return [...announced].sort();
}
