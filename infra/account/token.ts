import { Refused } from './refused.ts';

const TOKEN_TIMEOUT_MS = 15_000;

export type TokenRequest = { tokenUrl: string; clientId: string; secret: string };

/**
 * Gets an access token by client credentials, with every scope of the client.
 * @throws Refused with the answer of the token endpoint.
 */
export async function accessToken({ tokenUrl, clientId, secret }: TokenRequest): Promise<string> {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }).toString(),
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new Refused(`${tokenUrl} cannot be reached: ${whyOf(error)}. A new domain needs a minute: try again.`);
  });
  // An answer that is not JSON has no information except its status, which is reported below.
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (typeof answer.access_token === 'string') return answer.access_token;
  throw new Refused(...refusals(clientId, response.status, answer));
}

const whyOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);

function refusals(clientId: string, status: number, answer: Record<string, unknown>): string[] {
  const details = [answer.error, answer.error_description].filter((part) => typeof part === 'string').join(': ');
  const refused = `No token for client ${clientId}: the token endpoint answers ${status}${details && ` (${details})`}.`;
  if (answer.error !== 'invalid_client') {
    return [
      refused,
      'If its tenant was not registered, run npm run tenants -- add again. The log of add-tenant-claim shows the reason.',
    ];
  }
  return [
    refused,
    'Cognito shows a secret of this client that is no longer valid. This can happen after a rotation: put the current secret into the environment variable CLIENT_SECRET.',
  ];
}
