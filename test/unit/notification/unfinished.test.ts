import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Notification } from '#shared/notification/notification.ts';
import type { UnfinishedNotifications } from '#shared/notification/responses.ts';
import { listUnfinishedNotifications } from '#shared/notification/unfinished.ts';
import type { DueRow } from '#shared/once/due.ts';
import type { DueStore } from '#shared/once/ports.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { BEFORE, inStatus, keyOf } from '#test/support/notifications.ts';

/** Rows of the index by kind, and the notifications that are stored. */
function stored(entries: { kind: string; id: string; dueAt: number; state?: Notification }[]) {
  const due: DueStore['due'] = async <Row extends DueRow>(kind: { name: string }, _now: number, limit: number) =>
    entries
      .filter((entry) => entry.kind === kind.name)
      .slice(0, limit)
      .map(({ id, dueAt }) => ({ dueAt, key: keyOf(id) })) as unknown as Row[];
  const read = async ({ part }: { part?: { id: string } }) => {
    const state = entries.find(({ id }) => part?.id === keyOf(id).part.id)?.state;
    return state && { schemaVersion: 1, version: 1, state };
  };
  const ask = async (status: string) => {
    const event = httpEvent({ routeKey: 'GET /operations/notifications', tenant: 'operator' });
    const query = { ...event, queryStringParameters: { status } };
    const reply = await listUnfinishedNotifications(query, { store: { read }, dueNotifications: { due } });
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

  it('is refused for another status', async () => {
    await assert.rejects(stored([]).ask('SENT'), { code: 'VALIDATION_FAILED' });
  });
});
