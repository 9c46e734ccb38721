/** A person who is signed in. It exists in the memory of the page only, so it ends with the page. */
export type Session = { name: string; token: string; scopes: readonly string[]; expiresAt: number };

/** Signs a demo identity in. Only the server of a local stage has this address. */
export async function signInAs(name: string): Promise<Session> {
  const answer = await fetch('sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity: name }),
    signal: AbortSignal.timeout(15_000),
  });
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
  const given: unknown = await answer.json();
  if (typeof given !== 'object' || given === null || !('token' in given)) throw new Error('sign-in: no token');
  return sessionOf(name, String(given.token));
}

/** Reads what the page has to know from an access token. The API verifies the token; the page only shows less without it. */
export function sessionOf(name: string, token: string): Session {
  const { scope, exp } = claimsOf(token);
  const scopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
  return { name, token, scopes, expiresAt: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY };
}

/** Whether a session has a scope. Stages put a prefix of their own before each scope. */
export const mayUse = ({ scopes }: Session, scope: string): boolean =>
  scopes.some((one) => one === scope || one.endsWith(`/${scope}`));

/** The claims of an access token. The page has not verified them. */
export function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    // An opaque token has no claims that a page can read. The API says what it permits.
    return {};
  }
}
