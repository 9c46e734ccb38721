import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OnceStore, OutboxHistory, OutboxRecord } from '#shared/once/ports.ts';

/** What every history of commands must do, in memory and on a real engine alike. */
export function outboxHistoryContract(name: string, storeOf: () => OnceStore & OutboxHistory): void {
  const record = (id: string, commandId: string, more: Partial<OutboxRecord> = {}): OutboxRecord => ({
    subject: { tenant: 'acme', type: 'order', id },
    commandId,
    nonce: 'n',
    fingerprint: 'f',
    outcome: { accepted: true, version: 1, answer: '{}' },
    messages: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  });
  const commit = async (outbox: OutboxRecord, expectedVersion: number): Promise<void> => {
    const next = { schemaVersion: 1, version: expectedVersion + 1, state: {} };
    const key = outbox.subject;
    assert.equal((await storeOf().commit({ key, expectedVersion, next, outbox, rows: [] })).kind, 'committed');
  };

  describe(`history of commands: ${name}`, () => {
    it('has every command of a subject, with its name if it has one, and no other subject’s', async () => {
      const records = [
        record('history-1', 'http#one', { command: 'PlaceOrder' }),
        record('history-1', 'msg#sender#two'),
      ];
      for (const [version, one] of records.entries()) await commit(one, version);
      await commit(record('history-10', 'http#other'), 0);
      const read = await storeOf().readOutboxOf({ tenant: 'acme', type: 'order', id: 'history-1' });
      const sorted = read.sort((one, other) => (one.commandId < other.commandId ? -1 : 1));
      assert.deepEqual(sorted, records);
      assert.deepEqual(await storeOf().readOutboxOf({ tenant: 'globex', type: 'order', id: 'history-1' }), []);
    });
  });
}
