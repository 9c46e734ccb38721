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
    const { id, tenantid, subject } = envelopeOf(message);
    const outbox = subjectOf(tenantid, subject);
    return outbox ? [{ outbox, commandId: messageCommandId(subscriber, id) }] : [];
  },
  verdictOf: ([row]) => ({ verdict: row ? 'alreadyDone' : 'handled' }),
};

/** @param name `<type>/<id>` */
function subjectOf(tenant: string, name: string): Subject | undefined {
  const slash = name.indexOf('/');
  return slash < 0 ? undefined : { tenant, type: name.slice(0, slash), id: name.slice(slash + 1) };
}
