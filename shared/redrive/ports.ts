import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import type { LetterVerdict } from '#shared/once/planner.ts';
import type { DeadLetterStore, StateStore } from '#shared/once/ports.ts';
import type { RedriveChunk } from './members.ts';

/** A dead letter that is sent again. */
export type RedrivenMember = { deadLetterId: string; generation: number; letter: DeadLetterRecord };

/** Sends dead letters of one kind to where they failed. */
export type Redriver = {
  /**
   * It may be called again with members that it has sent before: their ids are the same.
   * @param refuse is called with the id of a member that will never be accepted as it is.
   * @returns the ids that it sent. The others that were not refused are tried again.
   */
  send(members: readonly RedrivenMember[], refuse: (deadLetterId: string) => void): Promise<ReadonlySet<string>>;
  /** Which of those that were sent are done. Absent: their subscriber resolves them. */
  doneOf?(members: readonly RedrivenMember[]): Promise<ReadonlySet<string>>;
};

export type PagePorts = {
  chunks: StateStore<RedriveChunk>;
  letters: Pick<DeadLetterStore, 'readDeadLetters' | 'changeDeadLetter'>;
  /** What dead letters would do now, in their order. The plan said what they would have done when it was made. */
  verdictsOf(letters: readonly DeadLetterRecord[]): Promise<readonly LetterVerdict[]>;
  /** A text: why it cannot be sent again. */
  redriverOf(letter: DeadLetterRecord): Redriver | string;
  pausedSubscribers: PausedSubscribers;
  clock: Clock;
  /** For how long a message that was sent may stay without a result. Then it counts as failed, and is open again. */
  longestWaitMs: number;
};

/** The ports of a worker that has a redrive. */
export type HeldPorts = PagePorts & {
  /** Whether the redrive is as the worker has read it: no person has stopped it, and no other worker has it. */
  isUnchanged(): Promise<boolean>;
};

export type ReadLetters = ReadonlyMap<string, StoredState<DeadLetterRecord>>;
