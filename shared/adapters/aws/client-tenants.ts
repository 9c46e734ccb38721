import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CLIENT_TENANT, clientItemKey } from '#shared/names.ts';
import { dynamoClient } from './dynamo-client.ts';

/** Reads which tenant a machine client belongs to; undefined for a client that nobody registered. */
export function clientTenants({ tableName }: { tableName: string }): (clientId: string) => Promise<string | undefined> {
  const client = dynamoClient();
  return async (clientId) => {
    const { pk, sk } = clientItemKey(clientId);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    return Item?.[CLIENT_TENANT]?.S;
  };
}
