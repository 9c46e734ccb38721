import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { stateItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { requestCounts } from '#shared/adapters/aws/dynamodb/request-counts.ts';
import { REQUEST_COUNT, type RequestCounts } from '#shared/once/tenant-rate.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

describe('the counts of requests, on the engine', () => {
  let table: TestTable;
  let counts: RequestCounts;
  before(async () => {
    table = await startTable();
    counts = requestCounts(table);
  });
  after(() => table.stop());

  it('add up in a window, for each tenant, and begin again with the next one', async () => {
    assert.equal(await counts.add('acme', { window: 7, requests: 3 }), 3);
    assert.equal(await counts.add('acme', { window: 7, requests: 2 }), 5);
    assert.equal(await counts.add('globex', { window: 7, requests: 1 }), 1);
    assert.equal(await counts.add('acme', { window: 8, requests: 4 }), 4);
  });

  it('lose nothing when environments begin a window at the same time', async () => {
    const totals = await Promise.all(Array.from({ length: 20 }, () => counts.add('busy', { window: 1, requests: 1 })));
    assert.deepEqual(
      totals.toSorted((one = 0, other = 0) => one - other),
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('leave a later window alone', async () => {
    assert.equal(await counts.add('late', { window: 9, requests: 1 }), 1);
    assert.equal(await counts.add('late', { window: 8, requests: 100 }), undefined);
    assert.equal(await counts.add('late', { window: 9, requests: 1 }), 2);
  });

  it('leave the row of a newer release alone', async () => {
    const { client, tableName: TableName } = table;
    await counts.add('newer', { window: 1, requests: 1 });
    const key = stateItemKey({ tenant: 'newer', type: REQUEST_COUNT.name, id: REQUEST_COUNT.name });
    const newer = { ':version': REQUEST_COUNT.readable + 1 };
    await client.send(
      new UpdateItemCommand({
        ...{ TableName, Key: toItem(key), UpdateExpression: 'SET schemaVersion = :version' },
        ExpressionAttributeValues: toItem(newer),
      }),
    );
    assert.equal(await counts.add('newer', { window: 2, requests: 1 }), undefined);
  });
});
