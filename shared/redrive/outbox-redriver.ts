import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseWith } from '#shared/messaging/parse.ts';
import { object, someText, text } from '#shared/messaging/read.ts';
import type { Clock } from '#shared/messaging/system.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { type PlannedMessage, type Planner, valueIn } from '#shared/once/planner.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import { idsOf, type Redriver } from '#shared/once/redriver.ts';
import { unescaped } from '#shared/once/row-name.ts';

type Place = { subject: Subject; commandId: string };

const aPlace = object({ subject: object({ tenant: text, type: someText, id: someText }), commandId: someText });
/** The keys of the row, as the stream has them. */
const keys = object({ pk: object({ S: someText }), sk: object({ S: someText }) });

/** The outbox row that a dead letter of `wake-due` or the relay is about. @throws PoisonMessage if it is not about one. */
function placeIn(message: PlannedMessage): Place {
  const value = valueIn(message);
  if (typeof value === 'object' && value !== null && 'pk' in value) return placeOfKeys(value);
  const { subject, commandId } = parseWith(aPlace, value, NOT_ABOUT_A_ROW);
  return { subject, commandId };
}

const NOT_ABOUT_A_ROW = 'The dead letter is not about an outbox row';

function placeOfKeys(value: object): Place {
  const { pk, sk } = parseWith(keys, value, NOT_ABOUT_A_ROW);
  const partition = pk.S.split('#').map((part) => unescaped(part) ?? '');
  const row = OUTBOX_DUE.rowOf({ partition, sort: sk.S, kind: OUTBOX_DUE.name, dueAt: 0 });
  if (!row) throw new PoisonMessage('MALFORMED', `${NOT_ABOUT_A_ROW}.`);
  return { subject: row.subject, commandId: row.commandId };
}

/** A row that still exists, and is not published, becomes due again. */
export const OF_OUTBOX_ROW: Planner = {
  rowsOf(message) {
    const { subject, commandId } = placeIn(message);
    return [{ outbox: subject, commandId }];
  },
  verdictOf([row]) {
    if (!row) return { verdict: 'dropped', reason: 'OUTBOX_ROW_NOT_FOUND' };
    return { verdict: row.publishedAt === undefined ? 'handled' : 'alreadyDone' };
  },
};

/**
 * `wake-due` and the relay have no queue. The row that was set aside is due again, so `wake-due` publishes it. It is done
 * when all its messages are published.
 */
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

/** `wake-due` sets it aside again, and that is its result. A row of a newer release waits for that release. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof PoisonMessage || error instanceof NewerVersion)) throw error;
}
