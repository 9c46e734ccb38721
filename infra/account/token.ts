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
    throw new Refused(`${tokenUrl} cannot be reached: ${whyOf(error)}; a new domain takes a minute, so try again.`);
  });
  // An answer that is not JSON has no information except its status, which is reported below.
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (typeof answer.access_token === 'string') return answer.access_token;
  throw new Refused(...refusals(clientId, response.status, answer));
}

const whyOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);

function refusals(clientId: string, status: number, answer: Record<string, unknown>): string[] {
  const said = [answer.error, answer.error_description].filter((part) => typeof part === 'string').join(': ');
  const refused = `No token for client ${clientId}: the token endpoint answers ${status}${said && ` (${said})`}.`;
  if (answer.error !== 'invalid_client') {
    return [
      refused,
      'If its tenant was not registered, run npm run tenants -- add again; the log of add-tenant-claim says more.',
    ];
  }
  return [
    refused,
    'The secret that Cognito shows for it is none of its own any more, which may be so after a rotation; put the current one into the environment variable CLIENT_SECRET.',
  ];
}
