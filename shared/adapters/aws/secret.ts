import { impatient } from './request-handler.ts';

/**
 * Reads a secret once per environment. The client is imported on first use, so that functions start
 * without it; a failed read is not remembered.
 */
export function secretReader({ secretId }: { secretId: string }): () => Promise<string> {
  let secret: Promise<string> | undefined;
  return () => {
    secret ??= readSecret(secretId).catch((error) => {
      secret = undefined;
      throw error;
    });
    return secret;
  };
}

async function readSecret(SecretId: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { SecretString } = await new SecretsManagerClient({ requestHandler: impatient(1500) }).send(
    new GetSecretValueCommand({ SecretId }),
  );
  if (!SecretString) throw new TypeError('The secret has no text value.');
  return SecretString;
}
