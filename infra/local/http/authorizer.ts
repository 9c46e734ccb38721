import { type CryptoKey, errors, jwtVerify } from 'jose';
import type { AuthorizerPlan } from '../template/plan.ts';

/** The identity in the event of an authorised request. */
export type Identity = { claims: Record<string, string>; scopes: string[] | null };

type Verdict = { allowed: true; identity: Identity } | { allowed: false; status: 401 | 403 };

export type Authorize = (
  authorization: string | undefined,
  authorizer: AuthorizerPlan,
  scopes: string[],
) => Promise<Verdict>;

/**
 * Verifies bearer tokens as an HTTP API's JWT authorizer does: RSA signature, issuer, `aud` (or
 * `client_id` where there is no `aud`), times, and one of the route's scopes in `scope` or `scp`.
 * @param publicKey replaces the key set that the issuer would publish.
 */
export function createAuthorizer(publicKey: CryptoKey): Authorize {
  return async (authorization, authorizer, scopes) => {
    const payload = await verified(authorization, authorizer, publicKey);
    if (!payload) return { allowed: false, status: 401 };
    const granted = scopesOf(payload);
    if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope))) return { allowed: false, status: 403 };
    return { allowed: true, identity: { claims: claimsOf(payload), scopes: scopes.length > 0 ? granted : null } };
  };
}

type Payload = Record<string, unknown>;

async function verified(
  authorization: string | undefined,
  { issuer, audience }: AuthorizerPlan,
  key: CryptoKey,
): Promise<Payload | undefined> {
  const payload = await signedBy(issuer, authorization, key);
  return payload && isForThisApi(payload, audience) ? payload : undefined;
}

/**
 * The claims of a token that this issuer has signed and that is valid now.
 * @param authorization the token. The scheme `Bearer` before it is optional, as at API Gateway and AppSync.
 */
export async function signedBy(
  issuer: string,
  authorization: string | undefined,
  key: CryptoKey,
): Promise<Payload | undefined> {
  const token = authorization?.replace(/^Bearer\s+/i, '').trim();
  if (!token) return undefined;
  try {
    const { payload } = await jwtVerify<Payload>(token, key, {
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
    });
    const notYet = typeof payload.iat === 'number' && payload.iat > Math.floor(Date.now() / 1000);
    return notYet ? undefined : payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function isForThisApi(payload: Payload, audience: string[]): boolean {
  const audiences = payload.aud === undefined ? [payload.client_id] : [payload.aud].flat();
  return audiences.some((name) => typeof name === 'string' && audience.includes(name));
}

function scopesOf(payload: Payload): string[] {
  const scope = payload.scope ?? payload.scp;
  if (Array.isArray(scope)) return scope.map(String);
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}

/** API Gateway passes claims as strings. A list becomes `[one two]`. */
function claimsOf(payload: Payload): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(value)]));
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
