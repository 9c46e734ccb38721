import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CLIENT_TENANT, clientItemKey } from '#shared/names.ts';
import { dynamoClient } from './dynamo-client.ts';

/** Reads which tenant a machine client belongs to; undefined for a client that nobody registered. */
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
    return Item?.[CLIENT_TENANT]?.S;
  };
}
