import type { PausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import type { LetterVerdict } from '#shared/once/planner.ts';
import type { DeadLetterStore, StateStore } from '#shared/once/ports.ts';
import type { Redriver } from '#shared/once/redriver.ts';
import type { RedriveChunk } from './members.ts';

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
  /** What this redrive may send now, besides its own rate: others run at the same time. */
  mostPerSecond(): number;
};

export type ReadLetters = ReadonlyMap<string, StoredState<DeadLetterRecord>>;
