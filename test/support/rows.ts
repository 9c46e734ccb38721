import assert from 'node:assert/strict';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Outputs } from './deployment.ts';
import type { TestTable } from './table.ts';

type Rows = Pick<TestTable, 'client' | 'tableName'>;
type Item = Record<string, AttributeValue>;

const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };

/** The table of a running local cloud, as an operator sees it. Its client has to be destroyed. */
export const tableOf = ({ endpoints, tableName }: Outputs): Rows => ({
  client: new DynamoDBClient({ endpoint: endpoints.dynamodb, region: 'eu-central-1', credentials }),
  tableName,
});

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

/**
 * Changes the due time of a process in the table, so that a test does not wait for it.
 * @param dueAt epoch milliseconds. @returns whether the row is there.
 */
export async function becomesDue(
  { client, tableName }: Rows,
  { pk, sk }: { pk: string; sk: string },
  dueAt = 1,
): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET dueAt = :dueAt, #state.dueAt = :dueAt',
        ConditionExpression: 'attribute_exists(dueShard)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':dueAt': { N: String(dueAt) } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
