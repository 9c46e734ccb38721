import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RequestRefused } from '#shared/http/request-refused.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { UnfinishedNotifications } from '#shared/notification/responses.ts';
import { listUnfinishedNotifications } from '#shared/notification/unfinished.ts';
import type { DueRow } from '#shared/once/due.ts';
import type { DueStore } from '#shared/once/ports.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { BEFORE, inStatus, keyOf } from '#test/support/notifications.ts';

/** Rows of the index by kind, and the notifications that are stored. */
function stored(entries: { kind: string; id: string; dueAt: number; state?: Notification }[]) {
  const due: DueStore['due'] = async <Row extends DueRow>(
    kind: { name: string },
    _now: number,
    limit: number,
    from = 0,
  ) =>
    entries
      .filter((entry) => entry.kind === kind.name && entry.dueAt >= from)
      .sort((one, other) => one.dueAt - other.dueAt)
      .slice(0, limit)
      .map(({ id, dueAt }) => ({ dueAt, key: keyOf(id) })) as unknown as Row[];
  const read = async ({ part }: { part?: { id: string } }) => {
    const state = entries.find(({ id }) => part?.id === keyOf(id).part.id)?.state;
    return state && { schemaVersion: 1, version: 1, state };
  };
  const ask = async (status: string, cursor?: string) => {
    const event = httpEvent({ routeKey: 'GET /operations/notifications', tenant: 'operator' });
    const query = {
      ...event,
      tenant: '',
      correlationId: 'c',
      queryStringParameters: { status, ...(cursor && { cursor }) },
    };
    const ports = { store: { read }, dueNotifications: { due }, secret: async () => 'secret' };
    const reply = await listUnfinishedNotifications(query, ports);
    return bodyOf<UnfinishedNotifications>(reply as Parameters<typeof bodyOf>[0]);
  };
  return { ask };
}

describe('the list of unfinished notifications', () => {
  const dueAt = Date.parse(BEFORE);
  const shown = { tenant: 'acme', channel: 'email', purpose: 'order-confirmation', dueAt: BEFORE };

  it('shows ids, times and codes of one status', async () => {
    const { ask } = stored([
      { kind: 'held', id: 'a', dueAt, state: inStatus('HELD') },
      { kind: 'unknown', id: 'b', dueAt, state: inStatus('UNKNOWN') },
      { kind: 'notification', id: 'c', dueAt, state: inStatus('PENDING') },
      { kind: 'notification', id: 'd', dueAt, state: inStatus('SENDING') },
    ]);
    for (const [status, id] of [
      ['HELD', 'a'],
      ['UNKNOWN', 'b'],
      ['PENDING', 'c'],
    ] as const) {
      const { notifications, isComplete } = await ask(status);
      assert.equal(isComplete, true);
      const [{ since, reason: _reason, attempts, ...only } = { since: '', attempts: -1 }, ...others] = notifications;
      assert.deepEqual([only, others], [{ ...shown, status, notificationId: `order_${id}_1-1` }, []]);
      assert.ok(Date.parse(since) > 0 && attempts >= 0);
    }
  });

  it('leaves out what the index names too late, and says if there is more', async () => {
    const { ask } = stored([
      { kind: 'held', id: 'settled', dueAt, state: inStatus('SENT') },
      { kind: 'held', id: 'gone', dueAt },
      ...Array.from({ length: 101 }, (_, index) => ({
        ...{ kind: 'unknown', id: `u${index}`, dueAt, state: inStatus('UNKNOWN') },
      })),
    ]);
    assert.deepEqual(await ask('HELD'), { notifications: [], isComplete: true });
    const { notifications, isComplete } = await ask('UNKNOWN');
    assert.deepEqual([notifications.length, isComplete], [100, false]);
  });

  it('has pages, each notification once, also if hundreds are due at one time', async () => {
    const due = (index: number) => dueAt + (index < 50 || index >= 300 ? index : 50);
    const { ask } = stored(
      Array.from({ length: 350 }, (_, index) => ({
        ...{ kind: 'held', id: `h${index}`, dueAt: due(index), state: inStatus(index % 7 === 0 ? 'SENT' : 'HELD') },
      })),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page: UnfinishedNotifications = await ask('HELD', cursor);
      seen.push(...page.notifications.map(({ notificationId }) => notificationId));
      assert.equal(page.isComplete, page.nextCursor === undefined);
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor);
    assert.deepEqual([pages, seen.length, new Set(seen).size], [4, 300, 300]);
  });

  it('refuses a forged cursor, and one of another status', async () => {
    const held = Array.from({ length: 101 }, (_, index) => ({
      ...{ kind: 'held', id: `h${index}`, dueAt, state: inStatus('HELD') },
    }));
    const { ask } = stored(held);
    const { nextCursor = '' } = await ask('HELD');
    assert.equal((await ask('HELD', nextCursor)).notifications.length, 1);
    for (const [status, cursor, code] of [
      ['UNKNOWN', nextCursor, 'CURSOR_OF_OTHER_FILTERS'],
      ['HELD', 'x', 'CURSOR_INVALID'],
    ] as const) {
      await assert.rejects(ask(status, cursor), (error: RequestRefused) => {
        assert.deepEqual(
          error.faults.map((fault) => [fault.path, fault.code]),
          [['/cursor', code]],
        );
        return true;
      });
    }
  });

  it('is refused for another status', async () => {
    await assert.rejects(stored([]).ask('SENT'), { code: 'VALIDATION_FAILED' });
  });
});
