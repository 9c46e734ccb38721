import { withEvents } from '#shared/domain/notification/outcomes.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { OutcomeStore } from '#shared/ports.ts';

/** The events about recipients, in memory. */
export function memoryOutcomes(): OutcomeStore {
  const rows = new Map<string, RecipientEvent[]>();
  const nameOf = ({ tenant, type, id, part }: StateKey): string => JSON.stringify([tenant, type, id, part?.id]);
  return {
    async recordOutcomes(key, events) {
      const before = rows.get(nameOf(key)) ?? [];
      const after = withEvents(before, structuredClone(events));
      rows.set(nameOf(key), after);
      return structuredClone({ before, after });
    },
    async readOutcomes(key) {
      return structuredClone(rows.get(nameOf(key)) ?? []);
    },
  };
}
