import {
  AddUserPoolClientSecretCommand,
  DeleteUserPoolClientSecretCommand,
  ListUserPoolClientSecretsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { ClientStore } from './machine-clients.ts';
import { Refused } from './refused.ts';

type PoolClient = Pick<ClientStore, 'account' | 'pool'>;
type Secret = { id: string; createdAt: number };

/** Ids and creation times of a client's secrets, oldest first. A client has one secret, or two during a rotation. */
async function listSecrets({ account, pool }: PoolClient, clientId: string): Promise<Secret[]> {
  const { ClientSecrets = [] } = await account.cognito.send(
    new ListUserPoolClientSecretsCommand({ UserPoolId: pool.id, ClientId: clientId }),
  );
  return ClientSecrets.map(({ ClientSecretId = '', ClientSecretCreateDate }) => ({
    id: ClientSecretId,
    createdAt: ClientSecretCreateDate?.getTime() ?? 0,
  })).sort((one, other) => one.createdAt - other.createdAt);
}

/**
 * Gives a client a second secret. The first one stays valid until `finishRotation`.
 * @throws Refused if the client has two secrets already, because Cognito allows no third.
 */
export async function addSecret(of: PoolClient, clientId: string): Promise<string> {
  if ((await listSecrets(of, clientId)).length > 1) {
    throw new Refused(
      `Client ${clientId} already has two secrets: a rotation has started. When all users have the new secret, finish the rotation with rotate <tenant> --finish.`,
      'If the new secret is lost, do not use --finish, because it deletes the older one. Delete the newer one with aws cognito-idp delete-user-pool-client-secret, and rotate again.',
    );
  }
  const { ClientSecretDescriptor } = await of.account.cognito.send(
    new AddUserPoolClientSecretCommand({ UserPoolId: of.pool.id, ClientId: clientId }),
  );
  return ClientSecretDescriptor?.ClientSecretValue ?? '';
}

/**
 * Deletes the older of two secrets.
 * @throws Refused if the client has only one.
 */
export async function finishRotation(of: PoolClient, clientId: string): Promise<void> {
  const [older, newer] = await listSecrets(of, clientId);
  if (!older || !newer) throw new Refused(`Client ${clientId} has only one secret. Start with rotate <tenant>.`);
  await of.account.cognito.send(
    new DeleteUserPoolClientSecretCommand({ UserPoolId: of.pool.id, ClientId: clientId, ClientSecretId: older.id }),
  );
}
