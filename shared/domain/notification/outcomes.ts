import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { AnnouncedOutcome } from './notification.ts';

/**
 * What a provider tells of a message and one of its recipients, the weightiest first: of what was told of a
 * recipient, the first of these is what became of the message there. A complaint outweighs the delivery that it
 * follows, a bounce the delivery that it takes back, and a delivery the doubts before it.
 */
const BY_WEIGHT = [
  'COMPLAINED',
  /** For good: there is no such mailbox or number. */
  'BOUNCED',
  /** The provider took it and then did not pass it on. */
  'REJECTED',
  'RENDERING_FAILED',
  'DELIVERED',
  /** The provider has given up; another message may arrive. */
  'UNDELIVERED',
  /** The mailbox is full, the owner is out of office, or nobody can tell why. */
  'SOFT_BOUNCED',
  /** The carrier never said. */
  'UNCONFIRMED',
  'DELAYED',
] as const;

export type RecipientOutcome = (typeof BY_WEIGHT)[number];

/** Recorded and shown, and never an outcome: whatever became of the message, these do not change it. */
export type RecipientNote =
  | 'OPENED'
  | 'CLICKED'
  /** A correction by the mailbox provider. */
  | 'NOT_SPAM'
  /** Anything else that a provider reported; its code says what. */
  | 'REPORTED';

export type RecipientEventKind = RecipientOutcome | RecipientNote;

/** What is known of each recipient when these events are known too. */
export function withEvents(known: readonly RecipientEvent[], events: readonly RecipientEvent[]): RecipientEvent[] {
  const earliest = new Map<string, RecipientEvent>();
  for (const event of [...known, ...events]) {
    const name = `${event.position ?? ''} ${event.kind}`;
    const other = earliest.get(name);
    if (!other || isBefore(event, other)) earliest.set(name, event);
  }
  return inOrder([...earliest.values()]);
}

/** By code where the moment is the same, so that it does not matter which of two came first. */
const isBefore = (one: RecipientEvent, other: RecipientEvent): boolean =>
  one.at === other.at ? (one.code ?? '') < (other.code ?? '') : one.at < other.at;

/** As a timeline tells it: by time, and the same whatever came first. */
function inOrder(events: RecipientEvent[]): RecipientEvent[] {
  const sortKey = ({ at, position = -1, kind }: RecipientEvent): string =>
    `${at} ${String(position).padStart(5)} ${kind}`;
  return events.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

/** What became of it at one recipient, and since when; undefined: nothing was told yet. */
export function outcomeAt(events: readonly RecipientEvent[], position: number): RecipientEvent | undefined {
  return weightiest(events.filter((event) => event.position === position));
}

/** What became of it at a recipient of whom the provider does not say which one it is; undefined: no such thing was told. */
export const outcomeOfMessage = (events: readonly RecipientEvent[]): RecipientEvent | undefined =>
  weightiest(events.filter(({ position }) => position === undefined));

function weightiest(events: readonly RecipientEvent[]): RecipientEvent | undefined {
  const known = BY_WEIGHT.find((kind) => events.some((event) => event.kind === kind));
  return events.find((event) => event.kind === known);
}

/**
 * How many of these recipients have each outcome; those of whom nothing was told are not counted. An outcome whose
 * recipient is not known counts once.
 */
export function outcomeCounts(
  events: readonly RecipientEvent[],
  positions: readonly number[],
): Partial<Record<RecipientOutcome, number>> {
  const counts: Partial<Record<RecipientOutcome, number>> = {};
  const outcomes = [...positions.map((position) => outcomeAt(events, position)), outcomeOfMessage(events)];
  for (const told of outcomes) {
    const outcome = told?.kind as RecipientOutcome | undefined;
    if (outcome) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Nothing more is expected of the provider; it may say more all the same. */
const isFinal = (events: readonly RecipientEvent[], position: number): boolean => {
  const outcome = outcomeAt(events, position)?.kind;
  return outcome !== undefined && outcome !== 'DELAYED';
};

/** What is said of the whole message once one of its recipients has it. */
const SAID_OF_ONE: Partial<Record<string, AnnouncedOutcome>> = {
  BOUNCED: 'bounced',
  COMPLAINED: 'complained',
  REJECTED: 'rejected',
  RENDERING_FAILED: 'rejected',
  UNDELIVERED: 'rejected',
};

/**
 * What may be said of the whole message: bounced, complained and rejected of the first recipient, also where it is not
 * known which one; delivered once it is known of every recipient what became of it there, and one of them has it. Whatever was true stays
 * true when more is told.
 * @param writtenTo positions of the recipients who were not left out.
 */
export function announceable(events: readonly RecipientEvent[], writtenTo: readonly number[]): AnnouncedOutcome[] {
  const own = events.filter(({ position }) => position !== undefined && writtenTo.includes(position));
  const ofMessage = events.filter(({ position }) => position === undefined);
  const said = new Set([...own, ...ofMessage].flatMap(({ kind }) => SAID_OF_ONE[kind] ?? []));
  // Whoever complains has it.
  const someoneHasIt = own.some(({ kind }) => kind === 'DELIVERED' || kind === 'COMPLAINED');
  if (someoneHasIt && writtenTo.every((position) => isFinal(own, position))) said.add('delivered');
  return [...said].sort();
}
