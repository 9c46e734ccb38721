import type { Configuration } from '#console/base/configuration.ts';
import { claimsOf, type Session, sessionOf } from '#console/base/session.ts';

/**
 * Signs people in at an issuer: OAuth 2.0's authorization code with PKCE (RFC 7636), and OpenID Connect's nonce. Tokens are
 * in the memory of the page only. The storage of the tab holds what the page must remember while the issuer's page is shown.
 */
export type Issuer = Extract<Configuration['signIn'], { kind: 'pkce' }>;

type Pending = { verifier: string; nonce: string; state: string };

const PENDING = 'counterfoil-sign-in';
const LONGEST_REQUEST_MS = 15_000;

/** Leads to the issuer's page. The state carries the view that the person leaves, and returns with the answer. */
export async function beginSignIn({ clientId, authorizationEndpoint, scope }: Issuer): Promise<void> {
  const view = base64Url(new TextEncoder().encode(location.search));
  const pending: Pending = { verifier: randomText(), nonce: randomText(), state: `${randomText()}.${view}` };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  location.assign(
    withParameters(authorizationEndpoint, {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: pageUrl(),
      scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await challengeOf(pending.verifier),
      code_challenge_method: 'S256',
    }),
  );
}

/** Whether the issuer has just led a person back to this page. */
export function isReturn(search: string): boolean {
  const given = new URLSearchParams(search);
  return given.has('state') && (given.has('code') || given.has('error'));
}

/**
 * Completes a sign-in, and shows the view that the person left. The answer is used once, and leaves the URL at once.
 * @throws Error if this tab did not begin the sign-in, if the issuer refused it, or if its tokens are for someone else.
 */
export async function completeSignIn(issuer: Issuer): Promise<Session> {
  const given = new URLSearchParams(location.search);
  const pending = takePending();
  const isOurs = pending !== undefined && given.get('state') === pending.state;
  history.replaceState(null, '', (isOurs && viewIn(pending.state)) || location.pathname);
  const code = given.get('code');
  if (!isOurs || code === null) throw new Error('sign-in: not begun here, or refused');
  const tokens = await tokensFor(issuer, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: pageUrl(),
    code_verifier: pending.verifier,
  });
  const claims = claimsOf(tokens.id_token ?? '');
  if (!isFor(issuer, claims) || claims.nonce !== pending.nonce) throw new Error('sign-in: a token of another sign-in');
  return sessionWith(issuer, nameIn(claims), tokens);
}

/** The page that ends the issuer's session and returns; undefined if the issuer has none. */
export const signOutUrl = ({ clientId, signOut }: Issuer): string | undefined =>
  signOut && withParameters(signOut.endpoint, { client_id: clientId, [signOut.returnParameter]: pageUrl() });

type Tokens = { access_token: string; id_token?: string; refresh_token?: string };

/** A session that renews itself as long as the issuer permits it. Requests at the same time wait for one renewal. */
function sessionWith(issuer: Issuer, name: string, tokens: Tokens): Session {
  const session = sessionOf(name, tokens.access_token);
  let refreshToken = tokens.refresh_token;
  let renewing: Promise<void> | undefined;
  const renew = async (refresh_token: string): Promise<void> => {
    try {
      const renewed = await tokensFor(issuer, { grant_type: 'refresh_token', refresh_token });
      const { token, scopes, expiresAt } = sessionOf(name, renewed.access_token);
      Object.assign(session, { token, scopes, expiresAt });
      refreshToken = renewed.refresh_token ?? refresh_token;
    } catch {
      // The token stays valid until it expires. Then the page asks the person to sign in again.
    } finally {
      renewing = undefined;
    }
  };
  session.renew = () => {
    if (refreshToken !== undefined) renewing ??= renew(refreshToken);
    return renewing ?? Promise.resolve();
  };
  return session;
}

async function tokensFor({ tokenEndpoint, clientId }: Issuer, parameters: Record<string, string>): Promise<Tokens> {
  const answer = await fetch(tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...parameters, client_id: clientId }),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(LONGEST_REQUEST_MS),
  });
  const tokens: Tokens = await answer.json();
  if (!answer.ok || typeof tokens.access_token !== 'string') throw new Error(`sign-in: ${answer.status}`);
  return tokens;
}

/** OpenID Connect Core 3.1.3.7. TLS proves the issuer of a token that its own endpoint returns, so the signature is not needed. */
const isFor = ({ issuer, clientId }: Issuer, { iss, aud, exp }: Record<string, unknown>): boolean =>
  iss === issuer && [aud].flat().includes(clientId) && typeof exp === 'number' && exp * 1000 > Date.now();

const nameIn = ({ email, preferred_username: username, name, sub }: Record<string, unknown>): string =>
  String(email ?? username ?? name ?? sub ?? '');

function takePending(): Pending | undefined {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return text === null ? undefined : JSON.parse(text);
}

/** The view that a state carries: a query of this page, and nothing else. */
function viewIn(state: string): string {
  const view = new TextDecoder().decode(bytesOf(state.slice(state.indexOf('.') + 1)));
  return view.startsWith('?') ? view : '';
}

const pageUrl = (): string => `${location.origin}${location.pathname}`;

function withParameters(address: string, parameters: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const randomText = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier: string): Promise<string> =>
  base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
