import type { Subject } from '#shared/messaging/identity.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, optional, readWith, someText } from '#shared/messaging/read.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { type PlannedMessage, type Planner, valueIn } from '#shared/once/planner.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { idsOf, type RedrivenMember, type Redriver } from '#shared/once/redriver.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { erasureDecider } from './decider.ts';
import { ERASURE, type Erasure } from './erasure.ts';

/** What a dead letter of an erasure is about. `erasureId`: absent in those of earlier releases. */
type Place = { tenant: string; notificationId: string; erasureId?: string | undefined };

const aPlace = object({ tenant: someText, notificationId: someText, erasureId: optional(someText) });

/** The text of a dead letter about a notification that an erasure cannot read. */
export const messageOf = (place: Place): string => JSON.stringify(place);

/** Whether a dead letter is about an erasure. The others of its subscriber are about outbox rows. */
export const isAboutErasure = ({ message = '' }: { message?: PlannedMessage }): boolean =>
  readWith(aPlace, valueIn(message)).faults.length === 0;

const placeIn = (message: PlannedMessage = ''): Place =>
  parseWith(aPlace, valueIn(message), 'The dead letter is not about an erasure');

function keyIn({ tenant, erasureId }: Place): Subject | undefined {
  return erasureId === undefined ? undefined : { tenant, type: ERASURE.name, id: erasureId };
}

/** The erasure itself tries again, with longer and longer pauses. A redrive makes it try now. */
export const OF_ERASURE: Planner = {
  rowsOf(message) {
    const place = placeIn(message);
    // No erasure has an empty id, so nothing is found if the dead letter does not name one.
    return [{ state: keyIn(place) ?? { tenant: place.tenant, type: ERASURE.name, id: '' } }];
  },
  verdictOf([erasure]) {
    if (!erasure) return { verdict: 'dropped', reason: 'ERASURE_NOT_FOUND' };
    return { verdict: erasure.status === 'DONE' ? 'alreadyDone' : 'handled' };
  },
};

export type ErasureRedriverPorts = ExecutorPorts & {
  erasures: Pick<StateStore<Erasure>, 'read'>;
  /** Name of the function, under which its transitions are recorded. */
  subscriber: string;
};

/** Erasures that are read or continued at once. */
const CONCURRENCY = 25;

/**
 * An erasure has no queue. It visits the notification again, in `wake-due`. It is done when the notification is erased. If
 * the notification still cannot be read, the erasure records its dead letter again.
 */
export function erasureRedriver(ports: ErasureRedriverPorts): Redriver {
  return {
    async send(members) {
      await inParallel(members, CONCURRENCY, (member) => visitAgain(member, ports));
      return idsOf(members);
    },

    async doneOf(members) {
      const done = await inParallel(members, CONCURRENCY, async (member) =>
        (await isVisited(placeIn(member.letter.message), ports)) ? [member] : [],
      );
      return idsOf(done.flat());
    },
  };
}

/** A member that is sent again has the same transition. */
async function visitAgain({ deadLetterId, generation, letter }: RedrivenMember, ports: ErasureRedriverPorts) {
  const place = placeIn(letter.message);
  const key = keyIn(place);
  const { redriveId = '' } = letter;
  if (!key) return;
  await executeTransition(
    { decider: erasureDecider, key, command: { type: 'VisitAgain', notificationId: place.notificationId } },
    {
      subscriber: ports.subscriber,
      transitionId: `${redriveId}#${deadLetterId}#${generation}`,
      metadata: { correlationId: redriveId },
    },
    ports,
  );
}

/** Whether nothing of the notification is left. While the erasure has no room for all that is left, that is not known. */
async function isVisited(place: Place, { erasures }: ErasureRedriverPorts): Promise<boolean> {
  const key = keyIn(place);
  const erasure = key && (await erasures.read(key))?.state;
  if (!erasure) return false;
  const { status, named = [], unlisted = 0 } = erasure;
  return status === 'DONE' || (unlisted === 0 && !named.some((one) => one.notificationId === place.notificationId));
}
