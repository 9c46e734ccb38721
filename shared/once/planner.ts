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

/** The part of a dead letter that a verdict depends on. */
export type PlannedLetter = Pick<DeadLetterRecord, 'subscriber'> & { message?: PlannedMessage };

/** A row whose state or existence decides what a message would do. */
export type DecidingRow = { state: StateKey } | { outbox: Subject; commandId: string };

/** What a subscriber would do with its messages. The concept that handles them says it. */
export type Planner = {
  /** It reads the data of a message. A card without data is then not enough. */
  readsData?: true;
  /**
   * undefined: no row decides, and the message would be handled.
   * @throws PoisonMessage, NewerVersion: it would be dropped.
   */
  rowOf(message: PlannedMessage, letter: PlannedLetter): DecidingRow | undefined;
  /** @param row undefined: there is none. `status`: of a state that has one. */
  verdictOf(row: { status?: string } | undefined): LetterVerdict;
};
