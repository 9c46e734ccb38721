import type { DueKind, DueRow } from './due.ts';
import type { DueStore } from './ports.ts';

/** What a round may wake. Times are epoch milliseconds. */
export type RoundOfRows = {
  now: number;
  /** When the last round began. What became due since then is fresh. */
  since: number;
  /** The most rows of the round. */
  limit: number;
};

/**
 * The rows of one round: all that are due, or, if they are too many, the oldest ones and the fresh ones, half each. So the
 * backlog of one tenant ends, and does not delay what has just become due: the end of a lease, or a message that another
 * tenant has scheduled. Among the fresh rows, tenants take turns.
 */
export async function rowsOfRound<Row extends DueRow>(
  kind: DueKind<Row>,
  due: Pick<DueStore, 'due'>,
  { now, since, limit }: RoundOfRows,
): Promise<Row[]> {
  const oldest = await due.due(kind, now, limit);
  if (oldest.length < limit) return oldest;
  const backlog = oldest.filter(({ dueAt }) => dueAt < since);
  const share = Math.max(Math.floor(limit / 2), limit - backlog.length);
  const fresh = inTurns(await due.due(kind, now, limit, since), kind).slice(0, share);
  return [...backlog.slice(0, limit - fresh.length), ...fresh];
}

/** One row of each tenant, then a second one of each, and so on. The rows of a tenant keep their order. */
function inTurns<Row extends DueRow>(rows: readonly Row[], { tenantOf }: DueKind<Row>): Row[] {
  const byTenant = [...Map.groupBy(rows, tenantOf).values()];
  const turns = Math.max(0, ...byTenant.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => byTenant.flatMap((own) => own.slice(turn, turn + 1))).flat();
}
