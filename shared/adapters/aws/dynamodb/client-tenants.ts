import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { upgraded } from '#shared/messaging/versions.ts';
import { CLIENT_TENANT, clientItemKey } from '#shared/names.ts';
import { SHAPES } from '#shared/shapes.ts';
import { dynamoClient } from './client.ts';
import type { Item } from './items.ts';

/** Reads the tenant of a machine client. The result is undefined if the client is not registered. */
export function clientTenants({
  tableName,
  client = dynamoClient(),
}: {
  tableName: string;
  client?: DynamoDBClient;
}): (clientId: string) => Promise<string | undefined> {
  return async (clientId) => {
    const { pk, sk } = clientItemKey(clientId);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    return Item && tenantIn(Item);
  };
}

/** @throws NewerVersion, or PoisonMessage for a row without a version. */
export function tenantIn({ schemaVersion, [CLIENT_TENANT]: tenant }: Item): string | undefined {
  const { value } = upgraded('client row', SHAPES.client, Number(schemaVersion?.N), tenant?.S);
  return value as string | undefined;
}
