import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { shapeOf, upgraded } from '#shared/messaging/versions.ts';
import { CLIENT_ROW, CLIENT_TENANT, clientItemKey } from '#shared/names.ts';
import { dynamoClient } from './client.ts';
import type { Item } from './items.ts';

/** A client's tenant. `npm run tenants` writes the row, and does not use this file. */
export const CLIENT = shapeOf<string | undefined>(CLIENT_ROW.type, {
  written: CLIENT_ROW.schemaVersion,
  readable: 1,
  upgrades: {},
});

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
  return upgraded('client row', CLIENT, Number(schemaVersion?.N), tenant?.S).value;
}
