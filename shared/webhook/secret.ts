import { createHmac } from 'node:crypto';
import type { SecretName } from './settings.ts';

/** The prefix of the secrets of Standard Webhooks. Base64 follows. */
const PREFIX = 'whsec_';

/**
 * The secret that an endpoint's webhooks are signed with. It is derived from the stage's key and the secret's name, so
 * no row, answer, message or log contains a secret, and only functions that may read the key can compute it.
 * @param key of the stage.
 */
export function endpointSecret(
  key: string,
  tenant: string,
  endpointId: string,
  { secretId }: Pick<SecretName, 'secretId'>,
): string {
  const address = JSON.stringify(['webhook', tenant, endpointId, secretId]);
  return PREFIX + createHmac('sha256', key).update(address).digest('base64');
}

/** The headers of Standard Webhooks (https://www.standardwebhooks.com). */
export type SignedHeaders = { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string };

/**
 * Signs a body, once with each secret: a receiver accepts it if one signature matches its own secret.
 * @param id the same for every repetition.
 * @param now epoch milliseconds. Receivers refuse a timestamp that differs by more than five minutes.
 */
export function signed(body: string, id: string, now: number, secrets: readonly string[]): SignedHeaders {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const bytes = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
