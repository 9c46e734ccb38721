import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { orderListItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import type { ListedOrder, OrderListStore } from '#shared/order-list/ports.ts';
import { memoryOrderList } from '#test/support/memory/memory-order-list.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { orderListContract } from './order-list.contract.ts';

let table: TestTable;
let store: OrderListStore;
before(async () => {
  table = await startTable();
  store = orderListStore(table);
});
after(() => table.stop());

const memory = memoryOrderList();
orderListContract('in memory', () => memory);
orderListContract('DynamoDB engine', () => store);

const placedAt = '2026-01-01T00:00:00.000Z';
const order: ListedOrder = {
  orderId: 'a',
  status: 'placed',
  version: 2,
  currency: 'EUR',
  total: 1,
  itemCount: 1,
  placedAt,
};

describe('a row of the list of orders from a newer release', () => {
  const list = { tenant: 'newer', generation: 1 };
  const key = orderListItemKey(list, `${placedAt}#a`);
  const put = (version: number) =>
    table.client.send(
      new PutItemCommand({
        TableName: table.tableName,
        Item: toItem({ ...key, type: 'listed-order', schemaVersion: 99, version, listed: {} }),
      }),
    );

  it('is not changed: a later version of the order waits, and an earlier one has nothing to do', async () => {
    await put(1);
    await assert.rejects(store.keepListed(list, order), { code: 'NEWER_VERSION' });
    await assert.rejects(store.listOrders(list, {}, 10), { code: 'NEWER_VERSION' });
    await put(2);
    await store.keepListed(list, order);
    const { Items } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: toItem({ ':pk': key.pk }),
      }),
    );
    assert.deepEqual(
      Items?.map(({ schemaVersion, version }) => [schemaVersion?.N, version?.N]),
      [['99', '2']],
    );
  });
});
