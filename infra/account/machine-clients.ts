import {
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  DescribeUserPoolClientCommand,
  paginateListUserPoolClients,
} from '@aws-sdk/client-cognito-identity-provider';
import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE, CLIENT_ROW, CLIENT_TENANT, clientItemKey, SCOPE, TENANT_SCOPES } from '#shared/names.ts';
import type { PoolOutputs } from '../outputs.ts';
import type { Account } from './clients.ts';
import { isNamed, Refused, unlessNamed } from './refused.ts';

/** Where machine clients are stored: the pool stores their secrets, the table their tenants. */
export type ClientStore = { account: Account; pool: PoolOutputs; tableName: string };

/** A client of the pool that is not in the template. A client without a tenant gets no token. */
export type MachineClient = { clientId: string; name: string; tenant: string | undefined };

/**
 * Lists every client of the pool except the stack's own.
 * @param ownClientIds ids of the clients in the template.
 */
export async function listMachineClients(store: ClientStore, ownClientIds: string[]): Promise<MachineClient[]> {
  const query = { UserPoolId: store.pool.id, MaxResults: 60 };
  const pages = await Array.fromAsync(paginateListUserPoolClients({ client: store.account.cognito }, query));
  const found = pages
    .flatMap(({ UserPoolClients = [] }) => UserPoolClients)
    .map(({ ClientId = '', ClientName = '' }) => ({ clientId: ClientId, name: ClientName }))
    .filter(({ clientId }) => !ownClientIds.includes(clientId));
  return Promise.all(found.map(async (client) => ({ ...client, tenant: await tenantOf(store, client.clientId) })));
}

const keyOf = (clientId: string) => {
  const { pk, sk } = clientItemKey(clientId);
  return { [ATTRIBUTE.partitionKey]: { S: pk }, [ATTRIBUTE.sortKey]: { S: sk } };
};

async function tenantOf({ account, tableName }: ClientStore, clientId: string): Promise<string | undefined> {
  const { Item } = await account.dynamo.send(
    new GetItemCommand({ TableName: tableName, Key: keyOf(clientId), ConsistentRead: true }),
  );
  return Item?.[CLIENT_TENANT]?.S;
}

export type CreatedClient = { clientId: string; secret: string };

/** Creates a client with the name of its tenant. It gets no token yet, because it has no row. */
export async function createClient(
  { account, pool }: ClientStore,
  tenant: string,
  scopes: string[],
): Promise<CreatedClient> {
  const { UserPoolClient } = await account.cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.id,
      ClientName: tenant,
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: scopes,
    }),
  );
  return { clientId: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' };
}

/** Scopes of a machine, with the prefix that tokens use. */
export const scopesOf = ({ scopePrefix }: PoolOutputs, isOperator: boolean): string[] =>
  [...TENANT_SCOPES, ...(isOperator ? [SCOPE.operations] : [])].map((scope) => `${scopePrefix}${scope}`);

/** Returns a client's secret and its allowed scopes. */
export async function describeClient(
  { account, pool }: Pick<ClientStore, 'account' | 'pool'>,
  clientId: string,
): Promise<{ secret: string; scopes: string[] }> {
  const { UserPoolClient } = await account.cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId: pool.id, ClientId: clientId }),
  );
  return { secret: UserPoolClient?.ClientSecret ?? '', scopes: UserPoolClient?.AllowedOAuthScopes ?? [] };
}

const IS_NEW = 'attribute_not_exists(#pk)';
const IS_THE_SAME_TENANT = '#tenant = :tenant';

/**
 * Writes the row with the tenant of a client. Tokens of the client contain this tenant. Repeated, it changes nothing.
 * @throws Refused if the client belongs to another tenant.
 */
export async function registerClient(
  { account, tableName }: Pick<ClientStore, 'account' | 'tableName'>,
  clientId: string,
  tenant: string,
): Promise<void> {
  try {
    await account.dynamo.send(
      new PutItemCommand({
        TableName: tableName,
        Item: {
          ...keyOf(clientId),
          type: { S: CLIENT_ROW.type },
          schemaVersion: { N: String(CLIENT_ROW.schemaVersion) },
          [CLIENT_TENANT]: { S: tenant },
        },
        ConditionExpression: `${IS_NEW} OR ${IS_THE_SAME_TENANT}`,
        ExpressionAttributeNames: { '#pk': ATTRIBUTE.partitionKey, '#tenant': CLIENT_TENANT },
        ExpressionAttributeValues: { ':tenant': { S: tenant } },
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
    throw new Refused(`Client ${clientId} belongs to another tenant than ${tenant}; nothing was changed.`);
  }
}

/**
 * Deletes the row of a client, which then gets no new token. Its existing tokens stay valid until the API no longer
 * accepts the client.
 */
export async function unregisterClient({ account, tableName }: ClientStore, clientId: string): Promise<void> {
  await account.dynamo.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(clientId) }));
}

/** Deletes the client and its secrets. A missing client is not an error. */
export async function deleteClient({ account, pool }: ClientStore, clientId: string): Promise<void> {
  const command = new DeleteUserPoolClientCommand({ UserPoolId: pool.id, ClientId: clientId });
  await unlessNamed(account.cognito.send(command), 'ResourceNotFoundException');
}
