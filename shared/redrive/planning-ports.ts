import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import type { LetterCard } from '#shared/once/letter-card.ts';
import type { PlannedLetter } from '#shared/once/planner.ts';
import type { DeadLetterList } from '#shared/once/ports.ts';
import type { RedriveChunk } from './members.ts';
import type { Redrive } from './redrive.ts';

/** An entry of a list of dead letters. */
export type ListedLetter = {
  deadLetterId: string;
  /** Epoch milliseconds. */
  openedAt: number;
  /** Absent: the row has to be read. */
  card?: LetterCard;
};

/** A dead letter as a planning reads it. */
export type LetterToPlan = PlannedLetter &
  Pick<
    DeadLetterRecord,
    'reason' | 'messageType' | 'tenant' | 'subject' | 'status' | 'generation' | 'fingerprint' | 'redriveId'
  > & { deadLetterId: string };

/** Reads dead letters in bulk. */
export type LetterReader = {
  /**
   * A list's dead letters, in no order, without reading the rows.
   * @property from, to epoch milliseconds of `openedAt`, inclusive.
   * @param limit it stops when it has read more than this number.
   */
  lettersIn(list: DeadLetterList, range: { from: number; to: number }, limit: number): Promise<ListedLetter[]>;
  /** Those that exist, in no order; at most 100. */
  lettersAt(ids: readonly string[]): Promise<LetterToPlan[]>;
};

/** The frozen sets. */
export type RedriveSets = {
  /** Writes a set that nothing names yet. @param expiresAt epoch seconds. */
  writeSet(set: string, chunks: readonly string[], expiresAt: number): Promise<void>;
  /** Chunks of a set from this one on, in their order. Fewer if the set has fewer, or if they have expired. */
  readChunks(set: string, first: number, count: number): Promise<RedriveChunk[]>;
};

export type RedriveList = {
  /** All redrives, in no order. */
  listRedrives(): Promise<Redrive[]>;
};
