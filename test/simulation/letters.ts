import { EMAIL_FEEDBACK_SUBSCRIBER } from '#shared/names.ts';
import { keptOf } from '#shared/once/consume.ts';
import { DEAD_LETTER, type DeadLetterRecord, deadLetterIdOf, deadLetterKey } from '#shared/once/dead-letter.ts';
import type { Commit, DeadLetterStore, StateStore } from '#shared/once/ports.ts';
import type { RedrivenLetter } from '#shared/once/redriven-letter.ts';
import type { RedrivenMember } from '#shared/once/redriver.ts';
import { MOST_AT_ONCE } from '#shared/redrive/delivery.ts';
import { isInProgress, REDRIVE, type Redrive } from '#shared/redrive/redrive.ts';
import { type MemoryStore, stateKey } from '#test/support/memory/memory-store.ts';
import type { Check, Violation } from './invariants.ts';
import type { Message } from './queue.ts';
import type { Scheduler } from './scheduler.ts';

/** One message that a redrive put into the queue of its subscriber. */
export type RedrivenSend = RedrivenLetter & { redriveId: string; worker: string; at: number };

/**
 * Watches dead letters and redrives by true time, at the moment of each change: the rows show only how it ended, and the
 * clocks of environments are wrong.
 */
export type LetterWatch = Pick<DeadLetterStore, 'recordDeadLetter'> & {
  /** A dead letter as an environment has read and changed it. It is refused if another one has changed it in between. */
  replaceDeadLetter: StateStore<DeadLetterRecord>['replace'];
  committed(commit: Commit): void;
  /** A subscriber has handled one of these messages. */
  handled(subscriber: string, messages: readonly Message[]): Promise<void>;
  /** A subscriber has handled the message, and its queue deletes it. */
  removed(message: Message): void;
  sent(worker: string, members: readonly RedrivenMember[]): void;
  sends: readonly RedrivenSend[];
  violations: readonly Violation[];
};

/** Since when a redrive may not send, and how many members the batch that is being sent may still have. */
type Halt = { at: number; most: number };

export function createLetterWatch(store: MemoryStore, scheduler: Scheduler): LetterWatch {
  const violations: Violation[] = [];
  const check: Check = (holds, invariant, about) => {
    if (!holds) violations.push({ invariant, about: about() });
  };
  /** Since when each dead letter has its generation, and when its message was handled last. */
  const began = new Map<string, number>();
  const handledAt = new Map<string, number>();
  const halts = new Map<string, Halt>();
  const sentAfter = new Map<string, Set<string>>();
  const groups = new Map<string, readonly string[]>();
  const sends: RedrivenSend[] = [];

  const letterAt = (id: string): DeadLetterRecord | undefined => {
    const row = store.states.get(stateKey(deadLetterKey(id)));
    return row?.stored.state as DeadLetterRecord | undefined;
  };
  const checkResolved = (id: string, before: DeadLetterRecord | undefined): void => {
    const after = letterAt(id);
    if (after?.status !== 'resolved' || before?.status === 'resolved') return;
    const isHandled = (handledAt.get(id) ?? -1) >= (began.get(id) ?? 0);
    check(isHandled, 'a dead letter is resolved after its message was handled', () => JSON.stringify(after));
  };
  const checkGroups = (redrive: Redrive): void => {
    const { redriveId, plan } = redrive;
    if (!isInProgress(redrive)) return void groups.delete(redriveId);
    const own = plan.groups.map(({ fingerprint }) => fingerprint);
    for (const [other, fingerprints] of groups) {
      const isShared = other !== redriveId && fingerprints.some((one) => own.includes(one));
      check(!isShared, 'a group belongs to one redrive at a time', () => `${redriveId} and ${other}`);
    }
    groups.set(redriveId, own);
  };
  const checkHalt = (redriveId: string, worker: string, deadLetterId: string): void => {
    const halt = halts.get(redriveId);
    if (!halt) return;
    const name = `${redriveId} ${worker} ${halt.at}`;
    const own = sentAfter.get(name) ?? new Set();
    sentAfter.set(name, own.add(deadLetterId));
    check(own.size <= halt.most, 'a redrive that was stopped sends no other batch', () => `${name}: ${own.size}`);
  };

  return {
    sends,
    violations,

    async recordDeadLetter(letter, seenAt) {
      const id = deadLetterIdOf(letter);
      const before = letterAt(id)?.generation;
      await store.recordDeadLetter(letter, seenAt);
      if (letterAt(id)?.generation !== before) began.set(id, scheduler.now());
    },

    async replaceDeadLetter(key, expectedVersion, next) {
      const before = letterAt(key.id);
      const result = await store.statesOf(DEAD_LETTER).replace(key, expectedVersion, next);
      checkResolved(key.id, before);
      return result;
    },

    committed({ key, next }) {
      if (!next || key.part?.type !== REDRIVE.name) return;
      const redrive = next.state as Redrive;
      const { redriveId, status, counts } = redrive;
      checkGroups(redrive);
      // A batch, and the members whose outcome was asked for again.
      if (status === 'running') halts.delete(redriveId);
      else if (!halts.has(redriveId))
        halts.set(redriveId, { at: scheduler.now(), most: MOST_AT_ONCE + counts.unknown });
    },

    async handled(subscriber, messages) {
      for (const { body, origin } of messages) {
        const kept = await keptOf(
          { body, messageAttributes: {} },
          { keepsMessage: subscriber !== EMAIL_FEEDBACK_SUBSCRIBER },
        );
        for (const id of [origin?.deadLetterId, deadLetterIdOf({ subscriber, ...kept })])
          if (id !== undefined) handledAt.set(id, scheduler.now());
      }
    },

    removed({ origin, isReturned }) {
      if (!origin || isReturned) return;
      const letter = letterAt(origin.deadLetterId);
      const isLeft = letter?.status === 'redriving' && letter.generation === origin.generation;
      check(!isLeft, 'a redriven message that is done has left its redrive', () => JSON.stringify(letter));
    },

    sent(worker, members) {
      for (const { deadLetterId, generation, letter } of members) {
        const { redriveId = 'none' } = letter;
        const marks = letterAt(deadLetterId)?.history ?? [];
        const isMarked = marks.some((one) => one.action === 'redrive' && one.redriveId === redriveId);
        check(isMarked, 'a member is marked before it is sent', () => `${deadLetterId} of ${redriveId}`);
        checkHalt(redriveId, worker, deadLetterId);
        sends.push({ deadLetterId, generation, redriveId, worker, at: scheduler.now() });
      }
    },
  };
}
