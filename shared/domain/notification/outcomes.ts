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

/** These show interest, and change no outcome. */
export type RecipientEventKind = RecipientOutcome | 'OPENED' | 'CLICKED';

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
  const own = events.filter((event) => event.position === position);
  const weightiest = BY_WEIGHT.find((kind) => own.some((event) => event.kind === kind));
  return own.find((event) => event.kind === weightiest);
}

/** How many of these recipients have each outcome; those of whom nothing was told are not counted. */
export function outcomeCounts(
  events: readonly RecipientEvent[],
  positions: readonly number[],
): Partial<Record<RecipientOutcome, number>> {
  const counts: Partial<Record<RecipientOutcome, number>> = {};
  for (const position of positions) {
    const outcome = outcomeAt(events, position)?.kind as RecipientOutcome | undefined;
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
 * What may be said of the whole message: bounced, complained and rejected of the first recipient; delivered
 * once it is known of every recipient what became of it there, and one of them has it. Whatever was true stays
 * true when more is told.
 * @param writtenTo positions of the recipients who were not left out.
 */
export function announceable(events: readonly RecipientEvent[], writtenTo: readonly number[]): AnnouncedOutcome[] {
  const own = events.filter(({ position }) => position !== undefined && writtenTo.includes(position));
  const said = new Set(own.flatMap(({ kind }) => SAID_OF_ONE[kind] ?? []));
  // Whoever complains has it.
  const someoneHasIt = own.some(({ kind }) => kind === 'DELIVERED' || kind === 'COMPLAINED');
  if (someoneHasIt && writtenTo.every((position) => isFinal(own, position))) said.add('delivered');
  return [...said].sort();
}
