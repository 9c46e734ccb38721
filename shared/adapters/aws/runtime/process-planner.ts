import { approvalIn } from '#shared/approval/process.ts';
import { fallbackIn } from '#shared/fallback/process.ts';
import { greetingIn } from '#shared/greeting/process.ts';
import { handledIdOf } from '#shared/messaging/envelope.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { PROCESS } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import type { AboutProcess } from '#shared/once/execute-message.ts';
import { type DecidingRow, envelopeOf, type Planner } from '#shared/once/planner.ts';
import { subjectOf } from '#shared/redrive/planners.ts';
import { reminderIn } from '#shared/reminder/process.ts';

type Process = {
  /** Under which it records its commands. */
  name: string;
  /** The state that a message is about. undefined: the process does not wait for it. @throws PoisonMessage */
  keyIn(message: AboutProcess): StateKey | undefined;
};

const PROCESSES: readonly Process[] = [
  { name: PROCESS.greeting, keyIn: greetingIn },
  { name: PROCESS.approval, keyIn: approvalIn },
  { name: PROCESS.reminder, keyIn: reminderIn },
  { name: PROCESS.fallback, keyIn: (message) => fallbackIn(message)?.key },
];

/**
 * For `run-process`: a message is a command to every process that waits for it, so it was handled when each of them has its
 * outbox row. A process that had nothing to do has none, and neither has one that the settings switch off. Then the
 * message is handled again, which changes nothing.
 */
export const OF_PROCESSES: Planner = {
  readsData: true,
  rowsOf(message) {
    const envelope = envelopeOf(message);
    const subject = subjectOf(envelope);
    const rows: DecidingRow[] = [];
    const refusals: PoisonMessage[] = [];
    for (const { name, keyIn } of PROCESSES) {
      const commandId = messageCommandId(name, handledIdOf(envelope));
      try {
        const key = keyIn(envelope);
        if (key) rows.push({ outbox: wholeOf(key), commandId });
      } catch (error) {
        if (!(error instanceof PoisonMessage)) throw error;
        refusals.push(error);
        // It has not handled the message. Others may.
        if (subject) rows.push({ outbox: subject, commandId });
      }
    }
    const [refusal] = refusals;
    if (refusal && rows.length <= refusals.length) throw refusal;
    return rows;
  },
  verdictOf: (rows) => ({ verdict: rows.every((row) => row !== undefined) ? 'alreadyDone' : 'handled' }),
};

const wholeOf = ({ tenant, type, id }: StateKey): Subject => ({ tenant, type, id });
