import type { StateKey } from '#shared/messaging/identity.ts';
import { withEvents } from '#shared/notification/outcomes.ts';
import type { OutcomeStore } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';

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
