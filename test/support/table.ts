import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '#infra/local/engines/dynamo.ts';
import { startReaper } from '#infra/local/processes/reaper.ts';
import { ATTRIBUTE, INDEX } from '#shared/names.ts';

/** @property pidFile names the process of the engine. */
export type TestTable = { client: DynamoDBClient; tableName: string; pidFile: string; stop(): Promise<void> };

const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });
const keysOnly = { ProjectionType: 'KEYS_ONLY' as const };
const attribute = (AttributeName: string, AttributeType: 'S' | 'N' = 'S') => ({ AttributeName, AttributeType });

/** The table on a real engine of its own, in a folder of its own. */
export async function startTable(): Promise<TestTable> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-table-'));
  const reaper = startReaper();
  const failed = (error: Error): never => {
    throw error;
  };
  const engine = await startDynamo({
    folder,
    environment: process.env,
    reaper,
    log: () => undefined,
    onFailure: failed,
  });
  const client = new DynamoDBClient({
    endpoint: engine.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  // It composes what it would log for every call, also without a log: a tenth of the time of a test with many rows.
  client.middlewareStack.remove('loggerMiddleware');
  const tableName = 'contract';
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [hash(ATTRIBUTE.partitionKey), range(ATTRIBUTE.sortKey)],
      AttributeDefinitions: [
        attribute(ATTRIBUTE.partitionKey),
        attribute(ATTRIBUTE.sortKey),
        attribute(ATTRIBUTE.dueShard),
        attribute(ATTRIBUTE.dueAt, 'N'),
        attribute(ATTRIBUTE.logTenant),
        attribute(ATTRIBUTE.logOrder),
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: INDEX.due,
          KeySchema: [hash(ATTRIBUTE.dueShard), range(ATTRIBUTE.dueAt)],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [ATTRIBUTE.letterCard] },
        },
        {
          IndexName: INDEX.tenantLog,
          KeySchema: [hash(ATTRIBUTE.logTenant), range(ATTRIBUTE.logOrder)],
          Projection: keysOnly,
        },
      ],
    }),
  );
  const stop = async (): Promise<void> => {
    client.destroy();
    await engine.stop();
    await reaper.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { client, tableName, pidFile: join(folder, 'engine.pid'), stop };
}
