import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DueKind, type DueRow, OUTBOX_DUE } from '#shared/once/due.ts';
import type { DueStore } from '#shared/once/ports.ts';
import { wakeLoop } from '#shared/once/wake.ts';

type Row = DueRow & { tenant: string };

const KIND: DueKind<Row> = { name: 'of-a-test', rowOf: () => undefined, tenantOf: ({ tenant }) => tenant };
const LIMIT = 100;
const ROUND_MS = 1000;

/** Rows in an index, and a loop that wakes a hundred of them in a second. */
function world(rows: Row[] = []) {
  const reads: (number | undefined)[] = [];
  const due: Pick<DueStore, 'due'> = {
    due: async <One extends DueRow>(_kind: DueKind<One>, now: number, limit: number, from = 0): Promise<One[]> => {
      reads.push(from);
      const found = rows.filter(({ dueAt }) => dueAt >= from && dueAt <= now);
      return found.toSorted((one, other) => one.dueAt - other.dueAt).slice(0, limit) as unknown as One[];
    },
  };
  const wokenAt = new Map<Row, number>();
  let now = Date.UTC(2026, 0, 1);
  const loop = wakeLoop(KIND, async (woken) => {
    for (const row of woken) {
      wokenAt.set(row, now);
      rows.splice(rows.indexOf(row), 1);
    }
  });
  const put = (tenant: string, count: number, dueAt: number): Row[] => {
    const added = Array.from({ length: count }, () => ({ tenant, dueAt }));
    rows.push(...added);
    return added;
  };
  const round = async (): Promise<number> => {
    const woken = await loop.wake(due as DueStore, now, LIMIT);
    now += ROUND_MS;
    return woken.length;
  };
  return { put, round, reads, wokenAt, now: () => now, left: () => rows.length };
}

describe('a round of due rows', () => {
  it('wakes what has just become due, whatever the backlog of another tenant is', async () => {
    const { put, round, wokenAt, now, left } = world();
    put('acme', 20_000, now() - 3_600_000);
    await round();
    const delays = new Set<number>();
    let rounds = 0;
    for (; left() > 0 && rounds < 1000; rounds += 1) {
      const dueAt = now() - 500;
      const [lease] = put('globex', 1, dueAt);
      await round();
      if (lease) delays.add((wokenAt.get(lease) ?? Number.POSITIVE_INFINITY) - dueAt);
    }
    assert.deepEqual([...delays], [500]);
    assert.ok(rounds <= 202, `the backlog ends after ${rounds} rounds, one row of each for the other tenant`);
  });

  it('shares what is fresh among tenants, and half of the round belongs to the backlog', async () => {
    const { put, round, wokenAt, now } = world();
    const backlog = put('acme', 1000, now() - 3_600_000);
    await round();
    const many = put('acme', 1000, now() - 10);
    const few = put('globex', 3, now() - 5);
    await round();
    const woken = (rows: Row[]): number => rows.filter((row) => wokenAt.get(row) === now() - ROUND_MS).length;
    // The other tenant's rows are as fresh, but later than the first hundred.
    assert.deepEqual([woken(backlog), woken(many), woken(few)], [50, 50, 0]);
    const later = put('globex', 3, now() - 2);
    await round();
    assert.deepEqual([woken(backlog), woken(later)], [97, 3]);
  });

  it('reads once if everything that is due fits into it', async () => {
    const { put, round, reads, now } = world();
    put('acme', LIMIT - 1, now());
    assert.equal(await round(), LIMIT - 1);
    assert.equal(await round(), 0);
    assert.deepEqual(reads, [0, 0]);
  });

  it('wakes no row twice', async () => {
    const { put, round, wokenAt, now } = world();
    put('acme', 60, now() - 3_600_000);
    put('acme', 60, now() - 10);
    const counts = [await round(), await round()];
    assert.deepEqual([counts[0], wokenAt.size, counts[1]], [100, 120, 20]);
  });

  it('knows the tenants of outbox rows', () => {
    const subject = { tenant: 'acme', type: 'order', id: 'o' };
    assert.equal(OUTBOX_DUE.tenantOf({ dueAt: 0, subject, commandId: 'c' }), 'acme');
  });
});
