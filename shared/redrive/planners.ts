import { type Envelope, handledIdOf } from '#shared/messaging/envelope.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { envelopeOf, type Planner } from '#shared/once/planner.ts';

/** For what is no message of our topic, such as an event of a provider: no row says what was done with it. */
export const WITHOUT_ROW: Planner = { rowsOf: () => [], verdictOf: () => ({ verdict: 'handled' }) };

/**
 * For a message of our topic: its subscriber has handled it if the outbox row of its command exists in the partition of
 * the message's subject. A subscriber that keeps its row elsewhere recognises a repetition by itself.
 */
export const OF_MESSAGE: Planner = {
  rowsOf(message, { subscriber }) {
    const envelope = envelopeOf(message);
    const outbox = subjectOf(envelope);
    return outbox ? [{ outbox, commandId: messageCommandId(subscriber, handledIdOf(envelope)) }] : [];
  },
  verdictOf: ([row]) => ({ verdict: row ? 'alreadyDone' : 'handled' }),
};

/** What a message is about; undefined: its subject is no `<type>/<id>`. */
export function subjectOf({ tenantid: tenant, subject }: Pick<Envelope, 'tenantid' | 'subject'>): Subject | undefined {
  const slash = subject.indexOf('/');
  return slash < 0 ? undefined : { tenant, type: subject.slice(0, slash), id: subject.slice(slash + 1) };
}
