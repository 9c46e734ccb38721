import { inForce, type StoredSuppression, type Suppression, type SuppressionStore } from '#shared/suppression/ports.ts';

/** Suppressions in memory, with the same conditions as in the table. */
export function memorySuppressions(): SuppressionStore {
  const tenants = new Map<string, Map<string, StoredSuppression>>();
  const rowsOf = (tenant: string) => {
    const rows = tenants.get(tenant) ?? new Map<string, StoredSuppression>();
    tenants.set(tenant, rows);
    return rows;
  };
  return {
    async suppress(tenant, suppression) {
      const rows = rowsOf(tenant);
      const { recipient } = suppression;
      const row = rows.get(recipient);
      const since = new Date(suppression.since).toISOString();
      const current = row && inForce(row);
      const isOver = row?.liftedAt !== undefined && row.liftedAt >= since;
      if (isOver || (current && current.since <= since)) return structuredClone(current);
      const { liftedAt } = row ?? {};
      rows.set(recipient, { ...structuredClone(suppression), since, ...(liftedAt !== undefined && { liftedAt }) });
      return { ...suppression, since };
    },

    async liftSuppression(tenant, recipient, at) {
      const row = rowsOf(tenant).get(recipient);
      const current = row && inForce(row);
      if (!row || !current) return undefined;
      row.liftedAt = new Date(Math.max(at, Date.parse(current.since))).toISOString();
      return structuredClone(current);
    },

    async suppressionsOf(tenant, recipients) {
      const rows = rowsOf(tenant);
      return [...new Set(recipients)].flatMap((recipient) => currentOf(rows.get(recipient)));
    },

    async listSuppressions(tenant, limit, cursor = '') {
      const rows = [...rowsOf(tenant).values()]
        .filter(({ recipient }) => recipient > cursor)
        .sort((one, other) => (one.recipient < other.recipient ? -1 : 1));
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1)?.recipient : undefined;
      return { suppressions: page.flatMap(currentOf), ...(last !== undefined && { cursor: last }) };
    },
  };
}

function currentOf(row: StoredSuppression | undefined): Suppression[] {
  const current = row && inForce(row);
  return current ? [structuredClone(current)] : [];
}
