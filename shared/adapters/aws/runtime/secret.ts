import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { onFirstUse } from './first-use.ts';
import { requestTimeouts } from './request-handler.ts';

/** Reads a secret once per environment. */
export const secretReader = ({ secretId }: { secretId: string }): (() => Promise<string>) =>
  onFirstUse(() => readSecret(secretId));

async function readSecret(SecretId: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient({ requestHandler: requestTimeouts(1500) }).send(
    new GetSecretValueCommand({ SecretId }),
  );
  if (!SecretString) throw new TypeError('The secret has no text value.');
  return SecretString;
}
