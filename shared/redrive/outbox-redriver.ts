import type { Subject } from '#shared/messaging/identity.ts';
import { PoisonMessage, parseWith } from '#shared/messaging/parse.ts';
import { object, someText, text } from '#shared/messaging/read.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { PlannedMessage, Planner } from '#shared/once/planner.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import type { RedrivenMember, Redriver } from './ports.ts';

const aPlace = object({ subject: object({ tenant: text, type: someText, id: someText }), commandId: someText });

/** The outbox row that a dead letter of `wake-due` is about. @throws PoisonMessage if it is about something else. */
function placeIn(message: PlannedMessage): { subject: Subject; commandId: string } {
  const { subject, commandId } = parseWith(aPlace, valueIn(message), 'The dead letter is not about an outbox row');
  return { subject, commandId };
}

function valueIn(message: PlannedMessage): unknown {
  if (typeof message !== 'string') return message;
  try {
    return JSON.parse(message);
  } catch {
    // Not JSON: it is no place.
    return undefined;
  }
}

/** A row that still exists becomes due again. */
export const OF_OUTBOX_ROW: Planner = {
  rowOf(message) {
    const { subject, commandId } = placeIn(message);
    return { outbox: subject, commandId };
  },
  verdictOf: (row) => (row ? { verdict: 'handled' } : { verdict: 'dropped', reason: 'OUTBOX_ROW_NOT_FOUND' }),
};

/** `wake-due` has no queue. A row that it has set aside is due again, and is done when its messages are published. */
export function outboxRedriver(outbox: Pick<OutboxStore, 'makeDue' | 'readOutbox'>, clock: Clock): Redriver {
  return {
    async send(members) {
      await Promise.all(
        members.map(async ({ letter }) => {
          const { subject, commandId } = placeIn(letter.message ?? '');
          await outbox.makeDue(subject, commandId, clock.now());
        }),
      );
      return idsOf(members);
    },

    async doneOf(members) {
      const published = await Promise.all(
        members.map(async (member) => {
          const { subject, commandId } = placeIn(member.letter.message ?? '');
          const record = await outbox.readOutbox(subject, commandId).catch(unreadable);
          return record?.publishedAt === undefined ? [] : [member];
        }),
      );
      return idsOf(published.flat());
    },
  };
}

/** `wake-due` sets it aside again, and that is its result. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof PoisonMessage)) throw error;
}

const idsOf = (members: readonly RedrivenMember[]): ReadonlySet<string> =>
  new Set(members.map(({ deadLetterId }) => deadLetterId));
