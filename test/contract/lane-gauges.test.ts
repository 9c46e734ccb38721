import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { channelsOfKind } from '#shared/adapters/aws/dynamodb/gauges.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

/** As much of a notification as this gauge reads. */
const ROW = shapeOf<{ channel: string }>('notification');
const KIND = 'held';

describe('the channels of a kind of due rows', () => {
  let table: TestTable;
  before(async () => {
    table = await startTable();
  });
  after(() => table.stop());

  const add = async (channel: string, count: number, dueAt: number): Promise<void> => {
    const store = stateStore(table, ROW);
    for (let index = 0; index < count; index += 1) {
      const key = { tenant: 'acme', type: ROW.name, id: `${channel}-${dueAt}-${index}` };
      await store.replace(key, 0, { schemaVersion: 1, version: 1, state: { channel }, due: { kind: KIND, at: dueAt } });
    }
  };

  it('are counted of the oldest hundred rows', async () => {
    assert.deepEqual(await channelsOfKind(table, KIND), {});
    await add('sms', 3, 1);
    await add('email', 60, 2);
    assert.deepEqual(await channelsOfKind(table, KIND), { sms: 3, email: 60 });
    await add('webhook', 60, 3);
    assert.deepEqual(await channelsOfKind(table, KIND), { sms: 3, email: 60, webhook: 37 });
  });
});
