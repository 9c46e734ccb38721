import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import type { DeadLetterRecord } from './dead-letter.ts';

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

/** The part of a dead letter that a verdict depends on. */
export type PlannedLetter = Pick<
  DeadLetterRecord,
  'subscriber' | 'id' | 'reason' | 'message' | 'messageType' | 'tenant' | 'subject'
>;

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
  /**
   * Empty: no row decides, and the message would be handled.
   * @throws PoisonMessage, NewerVersion: it would be dropped.
   */
  rowsOf(message: string, letter: PlannedLetter): readonly DecidingRow[];
  /** @param rows in the order of `rowsOf`. undefined: there is no such row. */
  verdictOf(rows: readonly (DecidedRow | undefined)[]): LetterVerdict;
};
