import { AUDIT_ENTRY, type AuditEntry } from '#shared/dead-letter/audit.ts';
import type { AuditList } from '#shared/dead-letter/ports.ts';
import type { StateStores } from '#shared/once/ports.ts';
import type { MemoryStore } from './memory-store.ts';

/** The audit entries in memory. */
export function memoryAudit({ states, statesOf }: Pick<MemoryStore, 'states'> & StateStores): AuditList {
  return {
    async listAudit({ from = 0, to = Number.POSITIVE_INFINITY, after }, limit) {
      const keys = [...states.values()].flatMap(({ key }) => (key.part?.type === AUDIT_ENTRY.name ? key : []));
      const stored = await Promise.all(keys.map((key) => statesOf(AUDIT_ENTRY).read(key)));
      const entries: AuditEntry[] = stored.flatMap((one) => one?.state ?? []);
      return entries
        .filter(({ at }) => Date.parse(at) >= from && Date.parse(at) < to)
        .filter(({ auditId }) => after === undefined || auditId < after)
        .sort((one, other) => (one.auditId < other.auditId ? 1 : -1))
        .slice(0, limit);
    },
  };
}
