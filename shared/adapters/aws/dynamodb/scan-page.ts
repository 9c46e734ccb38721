import { ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { storeFailure } from './failures.ts';
import type { Item } from './items.ts';
import type { Table } from './table.ts';

type Filter = Omit<ScanCommandInput, 'TableName' | 'ConsistentRead' | 'ExclusiveStartKey'>;

/**
 * One page of the whole table. Its price is that of all rows that it examines, not of those that the filter lets through.
 * @param position where the page before ended. @returns where this page ended; absent: it was the last one.
 */
export async function scanPage(
  { client, tableName: TableName }: Table,
  position: string | undefined,
  filter: Filter,
): Promise<{ items: Item[]; examined: number; position?: string }> {
  const start = position === undefined ? {} : { ExclusiveStartKey: marshall(JSON.parse(position)) };
  const command = new ScanCommand({ TableName, ConsistentRead: true, ...start, ...filter });
  const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await client.send(command).catch(storeFailure);
  return {
    items: Items,
    examined: ScannedCount,
    ...(LastEvaluatedKey && { position: JSON.stringify(unmarshall(LastEvaluatedKey)) }),
  };
}
