import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { parseEnvelope } from '#shared/messaging/parse.ts';
import type { DeadLetterRecord } from './dead-letter.ts';
import type { ShortEnvelope } from './letter-card.ts';

/** What a dead letter would do if it was sent to its subscriber again. */
export const VERDICTS = ['handled', 'alreadyDone', 'unknown', 'dropped'] as const;

/**
 * - handled: its subscriber would handle it.
 * - alreadyDone: its subscriber has handled it before, and recognises it.
 * - unknown: it is not known whether it was sent. That is settled first.
 * - dropped: it would not be handled, for a reason.
 */
export type Verdict = (typeof VERDICTS)[number];

export type LetterVerdict = { verdict: Verdict /** A code. Only with `dropped`. */; reason?: string };

/** The message of a dead letter: its text, or what the card of the dead letter says of it. */
export type PlannedMessage = string | ShortEnvelope;

/** @throws PoisonMessage, NewerVersion */
export const envelopeOf = (message: PlannedMessage): ShortEnvelope =>
  typeof message === 'string' ? parseEnvelope(message) : message;

/** The value of a message that is no envelope of ours. undefined: it is not JSON. */
export function valueIn(message: PlannedMessage): unknown {
  if (typeof message !== 'string') return message;
  try {
    return JSON.parse(message);
  } catch {
    // The planner that reads the value says what it should be.
    return undefined;
  }
}

/** The part of a dead letter that a verdict depends on. */
export type PlannedLetter = Pick<DeadLetterRecord, 'subscriber' | 'reason'> & { message?: PlannedMessage };

/** A row whose state or existence decides what a message would do. `record`: of this type, and belongs to the state. */
export type DecidingRow =
  | { state: StateKey }
  | { record: StateKey; type: string }
  | { outbox: Subject; commandId: string };

/** What a planner sees of a row that exists. */
export type DecidedRow = {
  /** Of a state that has one. */
  status?: string;
  /** Why it has this status. */
  reason?: string;
  /** Of a state that has attempts: the outcome of each, undefined for one that has none. */
  outcomes?: readonly (string | undefined)[];
  /** Of an outbox row: ISO 8601. */
  publishedAt?: string;
};

/** What a subscriber would do with its messages. The concept that handles them says it. */
export type Planner = {
  /** It reads the data of a message. A card without data is then not enough. */
  readsData?: true;
  /**
   * Empty: no row decides, and the message would be handled.
   * @throws PoisonMessage, NewerVersion: it would be dropped.
   */
  rowsOf(message: PlannedMessage, letter: PlannedLetter): readonly DecidingRow[];
  /** @param rows in the order of `rowsOf`. undefined: there is no such row. */
  verdictOf(rows: readonly (DecidedRow | undefined)[]): LetterVerdict;
};
