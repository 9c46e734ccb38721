import { isDeepStrictEqual } from 'node:util';
import type { OutboxHistory, OutboxRecord } from '#shared/once/ports.ts';

/** The outbox records of a subject in memory. */
export function memoryOutboxHistory({ outbox }: { outbox: ReadonlyMap<string, OutboxRecord> }): OutboxHistory {
  return {
    async readOutboxOf({ tenant, type, id }) {
      const own = [...outbox.values()].filter(({ subject }) => isDeepStrictEqual(subject, { tenant, type, id }));
      return structuredClone(own);
    },
  };
}
