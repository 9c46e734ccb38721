import assert from 'node:assert/strict';
import { type AttributeValue, BatchWriteItemCommand, paginateScan, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { TestTable } from './table.ts';

type Rows = Pick<TestTable, 'client' | 'tableName'>;
type Item = Record<string, AttributeValue>;

/** Every row of a table. */
export async function rowsOf({ client, tableName }: Rows): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    items.push(...(page.Items ?? []));
  return items;
}

/** All rows go and these come. */
export async function replaceRows(table: Rows, rows: Item[]): Promise<void> {
  const present = await rowsOf(table);
  await write(
    table,
    present.map(({ pk = assert.fail(), sk = assert.fail() }) => ({ DeleteRequest: { Key: { pk, sk } } })),
  );
  await write(
    table,
    rows.map((Item) => ({ PutRequest: { Item } })),
  );
}

async function write({ client, tableName }: Rows, requests: WriteRequest[]): Promise<void> {
  for (let at = 0; at < requests.length; at += 25) {
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: requests.slice(at, at + 25) } }),
    );
    assert.deepEqual(UnprocessedItems, {});
  }
}
