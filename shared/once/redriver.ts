import type { DeadLetterRecord } from './dead-letter.ts';

/** A dead letter that is sent again. */
export type RedrivenMember = { deadLetterId: string; generation: number; letter: DeadLetterRecord };

/** Sends dead letters of one kind to where they failed. The concept that owns them has it. */
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

/** The ids of these members. */
export const idsOf = (members: readonly RedrivenMember[]): ReadonlySet<string> =>
  new Set(members.map(({ deadLetterId }) => deadLetterId));
