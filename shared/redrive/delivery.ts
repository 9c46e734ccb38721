import { Failure } from '#shared/messaging/failure.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { RedrivenMember, Redriver } from '#shared/once/redriver.ts';
import type { RedriveMember } from './members.ts';
import type { HeldPorts } from './ports.ts';

/** Messages that are sent between two looks whether the redrive was stopped. */
export const MOST_AT_ONCE = 50;

/** A queue did not accept some messages, and may accept them later. They are marked, and are sent with the next page. */
class NotSent extends Failure {
  override readonly name = 'NotSent';
  readonly code = 'NOT_SENT';
  readonly retriable = true;
  readonly next = 'Read why in the log of run-redrive.';
}

/** The lease is over: another worker may have continued, and the redrive may be stopped. */
class LeaseOver extends Failure {
  override readonly name = 'LeaseOver';
  readonly code = 'LEASE_OVER';
  readonly retriable = true;
  readonly next = 'Nothing: the page is sent again.';
}

/** @param dueAt epoch milliseconds: the end of the worker's lease. */
export function checkLease(dueAt: number | undefined, { clock }: Pick<HeldPorts, 'clock'>): void {
  if (dueAt !== undefined && clock.now() >= dueAt) throw new LeaseOver('The page took longer than its lease.');
}

/** A member whose dead letter is marked, with its position in the window. */
export type Marked = RedriveMember & RedrivenMember & { index: number };

type Delivery = {
  accepted: Marked[];
  /** They will never be accepted as they are. */
  refused: Marked[];
  /** How many others their queue did not accept this time. */
  left: number;
  /** Why the first of the others was not sent. */
  failure?: unknown;
};

/**
 * Sends members to where they failed. It looks before each batch, so at most one batch is sent after a stop. A queue that
 * accepts some of a batch gets the next one. If nothing of a batch is accepted, no other batch is sent.
 */
export async function deliver(
  members: readonly Marked[],
  dueAt: number | undefined,
  ports: HeldPorts,
): Promise<Delivery> {
  const delivery: Delivery = { accepted: [], refused: [], left: 0 };
  for (let from = 0; from < members.length; from += MOST_AT_ONCE) {
    const before = delivery.accepted.length;
    try {
      if (!(await ports.isUnchanged())) break;
      checkLease(dueAt, ports);
      await deliverBatch(members.slice(from, from + MOST_AT_ONCE), delivery, ports);
    } catch (error) {
      // What was sent before is recorded first.
      delivery.failure ??= error;
      if (delivery.accepted.length === before) break;
    }
  }
  return delivery;
}

async function deliverBatch(
  members: readonly Marked[],
  delivery: Delivery,
  { redriverOf }: Pick<HeldPorts, 'redriverOf'>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const [redriver, all] of Map.groupBy(members, ({ letter }) => redriverOf(letter))) {
    if (typeof redriver === 'string') continue;
    const refused = new Set<string>();
    try {
      const accepted = await sendTo(redriver, all, (deadLetterId) => refused.add(deadLetterId));
      delivery.accepted.push(...all.filter(({ deadLetterId }) => accepted.has(deadLetterId)));
      delivery.refused.push(...all.filter(({ deadLetterId }) => refused.has(deadLetterId)));
      const left = all.length - accepted.size - refused.size;
      delivery.left += left;
      if (left > 0) failures.push(new NotSent(`${left} messages were not accepted by their queue.`));
    } catch (error) {
      // The members of other subscribers do not wait for these.
      delivery.left += all.length;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** A member that cannot be read does not keep the others from being sent. */
async function sendTo(
  redriver: Redriver,
  members: readonly RedrivenMember[],
  refuse: (deadLetterId: string) => void,
): Promise<ReadonlySet<string>> {
  try {
    return await redriver.send(members, refuse);
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    const [only] = members;
    if (only && members.length === 1) {
      refuse(only.deadLetterId);
      return new Set();
    }
  }
  const accepted = await Promise.all(members.map((member) => sendTo(redriver, [member], refuse)));
  return new Set(accepted.flatMap((ids) => [...ids]));
}
